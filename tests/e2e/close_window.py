"""Asks the window with a title to close, as the button of a window manager does (ICCCM 4.2.8.1)."""

import ctypes
import sys

X = ctypes.CDLL("libX11.so.6")
X.XOpenDisplay.restype = ctypes.c_void_p
X.XInternAtom.restype = ctypes.c_ulong
CLIENT_MESSAGE = 33
Window = ctypes.c_ulong


class ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", Window),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("rest", ctypes.c_long * 24),
    ]


def below(display, window):
    yield window
    root, parent, count = Window(), Window(), ctypes.c_uint()
    children = ctypes.POINTER(Window)()
    X.XQueryTree(display, window, *map(ctypes.byref, (root, parent, children, count)))
    for child in children[: count.value]:
        yield from below(display, child)


class TextProperty(ctypes.Structure):
    _fields_ = [
        ("value", ctypes.c_char_p),
        ("encoding", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("nitems", ctypes.c_ulong),
    ]


def name(display, window):
    text = TextProperty()
    X.XGetTextProperty(display, window, ctypes.byref(text), X.XInternAtom(display, b"_NET_WM_NAME", 0))
    return (text.value or b"").decode(errors="replace")


def main(title):
    display = ctypes.c_void_p(X.XOpenDisplay(None))
    root = Window(X.XDefaultRootWindow(display))
    found = [window for window in map(Window, map(plain, below(display, root))) if name(display, window).startswith(title)]
    if not found:
        sys.exit(f"there is no window {title!r}")
    protocols = X.XInternAtom(display, b"WM_PROTOCOLS", 0)
    delete = X.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    message = ClientMessage(CLIENT_MESSAGE, 0, 1, display, found[0], protocols, 32, (delete, 0, 0, 0, 0))
    X.XSendEvent(display, found[0], 0, 0, ctypes.byref(message))
    X.XSync(display, 0)


def plain(window):
    return window.value if isinstance(window, Window) else window


main(sys.argv[1])

"""Asks a program's window with a title to close, as the button of a window manager does (ICCCM 4.2.8.1).

Other tests have windows with the same title on the same display."""

import ctypes
import sys

X = ctypes.CDLL("libX11.so.6")
X.XOpenDisplay.restype = ctypes.c_void_p
X.XInternAtom.restype = ctypes.c_ulong
CLIENT_MESSAGE = 33
Window = ctypes.c_ulong
CARDINAL = ctypes.c_ulong(6)


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


def process(display, window):
    kind, size, count, rest = ctypes.c_ulong(), ctypes.c_int(), ctypes.c_ulong(), ctypes.c_ulong()
    values = ctypes.POINTER(ctypes.c_ulong)()
    pid = X.XInternAtom(display, b"_NET_WM_PID", 0)
    results = map(ctypes.byref, (kind, size, count, rest, values))
    X.XGetWindowProperty(display, window, pid, ctypes.c_long(0), ctypes.c_long(1), 0, CARDINAL, *results)
    return values[0] if count.value else None


def main(program, title):
    display = ctypes.c_void_p(X.XOpenDisplay(None))
    root = Window(X.XDefaultRootWindow(display))
    windows = map(Window, map(plain, below(display, root)))
    titled = [window for window in windows if name(display, window).startswith(title)]
    found = [window for window in titled if process(display, window) == int(program)]
    if not found:
        sys.exit(f"process {program} has no window {title!r}")
    protocols = X.XInternAtom(display, b"WM_PROTOCOLS", 0)
    delete = X.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
    message = ClientMessage(CLIENT_MESSAGE, 0, 1, display, found[0], protocols, 32, (delete, 0, 0, 0, 0))
    X.XSendEvent(display, found[0], 0, 0, ctypes.byref(message))
    X.XSync(display, 0)


def plain(window):
    return window.value if isinstance(window, Window) else window


main(*sys.argv[1:])

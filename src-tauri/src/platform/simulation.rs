//! A phone that is played on a desktop, so that tests meet what is different there: one small
//! window, commands whose bytes travel as numbers, no bodies in requests, and a system that
//! stops the app and wakes it up.
//!
//! What the system would say is said by a test, to the socket that `HOLDFAST_PHONE` names: a
//! word each, `suspended`, `resumed`, or `opened` and an address.

use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::{env, fs, io, thread};

use serde_json::Value;
use tauri::{AppHandle, Builder, Manager, WebviewWindowBuilder, Wry};

use crate::background;
use crate::shell::Shell;

/// What phones show at once (iPhone 12 to 16; the usual Android is as wide).
const SCREEN: (f64, f64) = (390.0, 844.0);
/// What the Library may call where it has no window of its own.
const CAPABILITY: &str = include_str!("../../capabilities/library-on-phones.json");
/// The longest of the system's words.
const LONGEST: usize = 4 << 10;

/// Commands as Android's webview carries them: in one piece of JSON, always.
const COMMANDS: &str = r#"
Object.defineProperty(window.__TAURI_INTERNALS__, "postMessage", {
    value: ({ cmd, callback, error, payload, options }) => {
        const numbers = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer
            ? Array.from(new Uint8Array(value.buffer ?? value, value.byteOffset ?? 0, value.byteLength))
            : value;
        const plain = (_key, value) => value?.["__TAURI_TO_IPC_KEY__"]?.() ?? numbers(value);
        window.ipc.postMessage(JSON.stringify(
            { cmd, callback, error, options, payload: numbers(payload) ?? {}, __TAURI_INVOKE_KEY__: __INVOKE_KEY__ },
            plain,
        ));
    },
});
"#;

/// Has commands travel as on Android.
pub(super) fn prepare(builder: Builder<Wry>) -> Builder<Wry> {
    builder.invoke_system(COMMANDS)
}

/// Grants the Library what it has on phones, and listens to what the system is said to say.
pub(super) fn begin(app: &AppHandle) -> tauri::Result<()> {
    let mut capability: Value = serde_json::from_str(CAPABILITY)?;
    if let Some(fields) = capability.as_object_mut() {
        fields.remove("platforms");
    }
    app.add_capability(capability.to_string())?;
    if let Some(path) = env::var_os("HOLDFAST_PHONE") {
        // Left by one that was killed.
        let _ = fs::remove_file(&path);
        let socket = UnixDatagram::bind(path)?;
        let app = app.clone();
        thread::spawn(move || hear(&app, &socket));
    }
    Ok(())
}

/// The window of a phone.
pub(super) fn dress<'a, M: Manager<Wry>>(
    window: WebviewWindowBuilder<'a, Wry, M>,
) -> WebviewWindowBuilder<'a, Wry, M> {
    window.inner_size(SCREEN.0, SCREEN.1)
}

fn hear(app: &AppHandle, socket: &UnixDatagram) {
    let mut word = [0; LONGEST];
    loop {
        match socket.recv(&mut word) {
            Ok(length) => {
                follow(app, &String::from_utf8_lossy(word.get(..length).unwrap_or_default()))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                tracing::warn!(%error, "the system says nothing any more");
                return;
            }
        }
    }
}

fn follow(app: &AppHandle, word: &str) {
    let Some(shell) = app.try_state::<Arc<Shell>>() else { return };
    match word.split_once(' ').unwrap_or((word, "")) {
        ("suspended", _) => background::suspended(&shell),
        ("resumed", _) => background::resumed(&shell),
        ("opened", link) => background::follow(app, &shell, Some(link)),
        _ => tracing::warn!(word, "no system says this"),
    }
}

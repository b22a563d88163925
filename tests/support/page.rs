//! The page in the app's window, as a person and as a script see it.

use std::fs;
use std::future::Future;
use std::sync::Arc;
use std::thread;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::Value;
use tokio::time;

use super::driver::Driver;
use super::places::screenshots;
use super::until::{self, DEADLINE};

/// What the window shows, whichever page that is.
#[derive(Clone)]
pub struct Page {
    driver: Arc<Driver>,
}

/// The bar at the top of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The kind of sentence.
    pub state: String,
    /// What it says.
    pub text: String,
    /// The name of its button, if it has one beside the one that closes it.
    pub button: Option<String>,
    /// What it says of what waits to be sent.
    pub note: Option<String>,
}

impl Page {
    pub(super) fn of(driver: Driver) -> Self {
        Self { driver: Arc::new(driver) }
    }

    /// Ends the session of a browser, and the browser with it.
    pub(super) async fn end(&self) {
        // One that has gone has ended.
        let _ = self.driver.ask_once(Client::close).await;
    }

    /// Goes to an address as who types it, from wherever it is.
    ///
    /// # Panics
    ///
    /// If the browser does not.
    pub async fn open(&self, address: &str) {
        let go = |client: Client| async move { client.goto(address).await };
        self.driver.ask_once(go).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// The value that `script` returns.
    ///
    /// # Panics
    ///
    /// If the script throws.
    pub async fn js(&self, script: &str) -> Value {
        self.js_with(script, Vec::new()).await
    }

    /// The same with values that the script finds in `arguments`.
    ///
    /// # Panics
    ///
    /// If the script throws.
    pub async fn js_with(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.driver
            .ask(|client| {
                let arguments = arguments.clone();
                async move { client.execute(script, arguments).await }
            })
            .await
            .unwrap_or_else(|error| panic!("{error}\nin the page's script:\n{script}"))
    }

    /// The text that `expression` gives.
    ///
    /// # Panics
    ///
    /// If it gives something else.
    pub async fn text(&self, expression: &str) -> String {
        let value = self.js(&format!("return {expression}")).await;
        value.as_str().unwrap_or_else(|| panic!("{expression} is {value}")).to_owned()
    }

    /// The value that the body of an async function returns. What it throws comes as
    /// `{ "thrown": … }`.
    ///
    /// # Panics
    ///
    /// If it comes to no end.
    pub async fn promise(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             (async () => {{\n{body}\n}})().then(done, (error) => done({{ thrown: String(error) }}));"
        );
        self.driver
            .ask_once(|client| async move { client.execute_async(&script, Vec::new()).await })
            .await
            .unwrap_or_else(|error| panic!("{error}\nin the page's script:\n{body}"))
    }

    /// Waits until `expression` gives something that is true.
    ///
    /// # Panics
    ///
    /// If it does not by the deadline; says what the page is then, and takes a picture of it.
    pub async fn until(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        let shown = until::in_time(|| async {
            // While one page follows another, there is none for a moment.
            let value = self.driver.ask(|client| execute(client, &script)).await.ok()?;
            (!matches!(value, Value::Null | Value::Bool(false))).then_some(value)
        });
        match shown.await {
            Some(value) => value,
            None => panic!("waited in vain until {expression}\n{}", self.described().await),
        }
    }

    async fn described(&self) -> String {
        let script = "return `${location.href} (${document.readyState}), ${document.title}\n\
                      ${document.documentElement.outerHTML}`";
        // Each test has a thread of its own, named after it.
        let test = thread::current().name().unwrap_or("test").replace("::", "-");
        let picture = screenshots().join(format!("failed-{test}.png"));
        if let Ok(png) = self.driver.ask(|client| async move { client.screenshot().await }).await {
            // Without a picture there is still the text.
            let _ = fs::write(&picture, png);
        }
        match self.driver.ask(|client| execute(client, script)).await {
            Ok(text) => format!("{}\n{}", text.as_str().unwrap_or_default(), picture.display()),
            Err(error) => error.to_string(),
        }
    }

    /// Goes to an address as a link does, and waits until another page is there.
    ///
    /// # Panics
    ///
    /// If there is none by the deadline.
    pub async fn visit(&self, address: &str) {
        self.leave(async {
            self.js_with("location.assign(arguments[0])", vec![address.into()]).await;
        })
        .await;
    }

    /// Does something that leads to another page, and waits until it is there.
    ///
    /// # Panics
    ///
    /// If there is none by the deadline.
    pub async fn leave(&self, action: impl Future<Output = ()>) {
        self.js("window.isLeft = true").await;
        action.await;
        self.until("!window.isLeft && document.readyState === 'complete' && location.protocol !== 'about:'")
            .await;
    }

    /// Waits until the page at a path, with its query, is there.
    ///
    /// # Panics
    ///
    /// If it is not by the deadline.
    pub async fn at(&self, path: &str) {
        self.until(&format!(
            "document.readyState === 'complete' && document.body !== null \
             && location.pathname + location.search + location.hash === {}",
            Value::from(path)
        ))
        .await;
    }

    /// Goes over to the Library's window, once it is there; the page is then the Library's.
    ///
    /// # Panics
    ///
    /// If it is not by the deadline.
    pub async fn look_at_library(&self) {
        self.look_at("the Library", "location.protocol === 'holdfast-library:'").await;
        self.until("document.querySelector('holdfast-library')?.shadowRoot?.querySelector('main [class], main > *')")
            .await;
        self.go_to("waiting").await;
    }

    /// The same, at whatever place it shows.
    ///
    /// # Panics
    ///
    /// If it is not there by the deadline.
    pub async fn look_at_library_as_it_is(&self) {
        self.look_at("the Library", "location.protocol === 'holdfast-library:'").await;
    }

    /// Goes to another place of the Library.
    ///
    /// # Panics
    ///
    /// If it is not there by the deadline.
    pub async fn go_to(&self, place: &str) {
        let library = "document.querySelector('holdfast-library')";
        self.until(&format!("{library}.shelves !== null")).await;
        self.js(&format!("{library}.shown = '{place}'")).await;
        self.until(&format!("{library}.shadowRoot.querySelector('holdfast-{place}')?.shadowRoot"))
            .await;
    }

    /// Goes over to the window that proves a copy, once it is there.
    ///
    /// # Panics
    ///
    /// If it is not by the deadline.
    pub async fn look_at_proof(&self) {
        let label = "__TAURI_INTERNALS__.metadata.currentWindow.label === 'proof'";
        self.look_at("the proof", label).await;
    }

    /// From now on the page has the window that a script of it opens as `opened`.
    ///
    /// # Panics
    ///
    /// If its scripts cannot be told.
    pub async fn keep_popups(&self) {
        self.js("const { open } = window; window.open = (...as) => (window.opened = open.apply(window, as))")
            .await;
    }

    /// Goes back to the site's window.
    ///
    /// # Panics
    ///
    /// If it is gone.
    pub async fn look_at_site(&self) {
        // The one that proves copies shows the site too.
        let label = "__TAURI_INTERNALS__.metadata.currentWindow.label === 'main'";
        self.look_at("the site", label).await;
        // On a phone the Library is in the same window, and the site is behind it.
        if self.js("return location.protocol === 'holdfast-library:'").await == true {
            self.js("history.back()").await;
            self.until("location.protocol !== 'holdfast-library:'").await;
        }
    }

    async fn look_at(&self, window: &str, is_it: &str) {
        until::until(&format!("there is the window of {window}"), || async {
            let windows = |client: Client| async move { client.windows().await };
            let handles = self.driver.ask(windows).await.ok()?;
            for handle in handles.iter().filter(|handle| self.driver.is_settled(handle)) {
                // A window that has just gone has no page.
                let switch =
                    |client: Client| async move { client.switch_to_window(handle.clone()).await };
                let _ = self.driver.ask(switch).await;
                let script = format!("return {is_it}");
                let found = self.driver.ask(|client| execute(client, &script)).await;
                if found.is_ok_and(|found| found == Value::Bool(true)) {
                    return Some(());
                }
            }
            None
        })
        .await;
    }

    /// How many windows there are.
    ///
    /// # Panics
    ///
    /// If the driver does not say.
    pub async fn windows(&self) -> usize {
        let windows = self.driver.ask(|client| async move { client.windows().await }).await;
        windows.expect("windows can be counted").len()
    }

    /// The element that a CSS selector finds, once it is there.
    ///
    /// # Panics
    ///
    /// If it is not by the deadline.
    pub async fn find(&self, selector: &str) -> Element {
        self.until(&format!("document.querySelector({}) !== null", Value::from(selector))).await;
        // A page that is just being left has it no more when it is asked for.
        until::until(selector, || async {
            let find = |client: Client| async move { client.find(Locator::Css(selector)).await };
            self.driver.ask(find).await.ok()
        })
        .await
    }

    /// Clicks as a mouse does.
    ///
    /// # Panics
    ///
    /// If there is nothing to click on.
    pub async fn click(&self, selector: &str) {
        until::until(&format!("there is {selector} to click on"), || async {
            match in_time(self.find(selector).await.click()).await {
                Ok(()) => Some(()),
                // It was of a page that is just being left, and nothing was clicked on.
                Err(error) if error.is_stale_element_reference() => None,
                Err(error) => panic!("{selector}: {error}"),
            }
        })
        .await;
    }

    /// Clicks on the link with that text.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn follow(&self, text: &str) {
        let find = |client: Client| async move { client.find(Locator::LinkText(text)).await };
        let element = self.driver.ask(find).await;
        let element = element.unwrap_or_else(|error| panic!("the link {text:?}: {error}"));
        in_time(element.click()).await.unwrap_or_else(|error| panic!("{text:?}: {error}"));
    }

    /// Types into a field, or gives a file input its file.
    ///
    /// # Panics
    ///
    /// If the field takes nothing.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        in_time(element.send_keys(text))
            .await
            .unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Presses keys together, the last one last.
    ///
    /// # Panics
    ///
    /// If the webview takes no keys.
    pub async fn press(&self, keys: &[Key]) {
        self.press_all(keys.iter().copied().map(char::from).collect()).await;
    }

    /// Presses a letter together with another key.
    ///
    /// # Panics
    ///
    /// If the webview takes no keys.
    pub async fn press_letter(&self, with: Key, letter: char) {
        self.press_all(vec![char::from(with), letter]).await;
    }

    async fn press_all(&self, keys: Vec<char>) {
        let down = keys.iter().map(|key| KeyAction::Down { value: *key });
        let up = keys.iter().rev().map(|key| KeyAction::Up { value: *key });
        let actions = down.chain(up).fold(KeyActions::new("keys".to_owned()), KeyActions::then);
        let press = |client: Client| async move { client.perform_actions(actions).await };
        self.driver.ask_once(press).await.expect("keys can be pressed");
    }

    /// Goes back, as the button of a browser does.
    ///
    /// # Panics
    ///
    /// If the webview does not.
    pub async fn back(&self) {
        let back = |client: Client| async move { client.back().await };
        self.driver.ask_once(back).await.expect("back works");
    }

    /// Goes forward.
    ///
    /// # Panics
    ///
    /// If the webview does not.
    pub async fn forward(&self) {
        let forward = |client: Client| async move { client.forward().await };
        self.driver.ask_once(forward).await.expect("forward works");
    }

    /// Loads the page anew and waits until it is there.
    ///
    /// # Panics
    ///
    /// If it is not by the deadline.
    pub async fn reload(&self) {
        let refresh = |client: Client| async move { client.refresh().await };
        let reload = async { self.driver.ask_once(refresh).await.expect("reloading works") };
        self.leave(reload).await;
    }

    /// The bar, if there is one.
    ///
    /// # Panics
    ///
    /// If it is not built as it should be.
    pub async fn bar(&self) -> Option<Bar> {
        let bar = self.js(&format!("return {BAR}")).await;
        let text = |name: &str| bar[name].as_str().map(str::to_owned);
        Some(Bar {
            state: text("state")?,
            text: text("text")?,
            button: text("button"),
            note: text("note"),
        })
    }

    /// Waits until there is a bar of a kind.
    ///
    /// # Panics
    ///
    /// If there is none by the deadline.
    pub async fn until_bar(&self, state: &str) -> Bar {
        let state = Value::from(state);
        self.until(&format!("(bar => bar?.state === {state} && bar.text !== '')({BAR})")).await;
        self.bar().await.expect("it was there a moment ago")
    }

    /// Waits until there is no bar that says something.
    ///
    /// # Panics
    ///
    /// If there is one at the deadline.
    pub async fn until_no_bar(&self) {
        self.until(&format!("({BAR}) === null")).await;
    }

    /// Presses the bar's button.
    ///
    /// # Panics
    ///
    /// If it has none.
    pub async fn press_bar(&self) {
        self.js(&format!("({BAR_BUTTON}).click()")).await;
    }

    /// Presses the button of what the bar says of what waits.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn press_note(&self) {
        self.js(&format!("{NOTE_BUTTON}.click()")).await;
    }

    /// Waits until the bar says something of what waits.
    ///
    /// # Panics
    ///
    /// If it does not by the deadline.
    pub async fn until_note(&self, text: &str) {
        self.until(&format!("({BAR})?.note === {}", Value::from(text))).await;
    }

    /// Closes the bar.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn dismiss_bar(&self) {
        let close =
            "document.querySelector('holdfast-bar').shadowRoot.querySelector('[aria-label]')";
        self.js(&format!("{close}.click()")).await;
    }

    /// Makes the window so large, and waits until the page is as wide.
    ///
    /// # Panics
    ///
    /// If the window does not become so.
    pub async fn resize(&self, width: u32, height: u32) {
        let resize = |client: Client| async move { client.set_window_size(width, height).await };
        self.driver.ask(resize).await.expect("the window has a size");
        self.until(&format!("window.innerWidth === {width}")).await;
    }

    /// Moves the window to where it begins so far from the left and from the top.
    ///
    /// # Panics
    ///
    /// If it cannot be moved.
    pub async fn move_to(&self, left: u32, top: u32) {
        let place = |client: Client| async move { client.set_window_position(left, top).await };
        self.driver.ask(place).await.expect("the window has a place");
    }

    /// Closes the window that is looked at.
    ///
    /// # Panics
    ///
    /// If it cannot be closed.
    pub async fn close_window(&self) {
        let close = |client: Client| async move { client.close_window().await };
        self.driver.ask_once(close).await.expect("the window can be closed");
    }

    /// Writes a picture of what the window shows to the folder of screenshots, once it
    /// changes no more.
    ///
    /// # Panics
    ///
    /// If there is nothing to see.
    pub async fn screenshot(&self, name: &str) {
        let still = async {
            let mut before = self.picture().await;
            loop {
                let now = self.picture().await;
                if now == before {
                    return now;
                }
                before = now;
            }
        };
        let png = time::timeout(DEADLINE, still).await.expect("the window stands still");
        let path = screenshots().join(format!("{name}.png"));
        fs::write(&path, png).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// What is drawn two frames from now, when what has happened is drawn.
    async fn picture(&self) -> Vec<u8> {
        let frames = "const done = arguments[0];\
                      requestAnimationFrame(() => requestAnimationFrame(done))";
        // While one page follows another, nothing is drawn for a moment.
        let drawn = until::in_time(|| async {
            self.driver.ask(|client| execute_async(client, frames)).await.ok()
        });
        assert!(drawn.await.is_some(), "nothing is drawn");
        self.driver
            .ask(|client| async move { client.screenshot().await })
            .await
            .expect("the window can be seen")
    }
}

/// An expression for what the bar says, or null. What waits is said by itself, or beside what
/// else there is to say; a bar that only offers to save the page says nothing.
const BAR: &str = "((host) => host && host.dataset.state !== 'saving' ? ((row, note) => ({
    state: host.dataset.state,
    text: row.querySelector('[role=status]').textContent || (note?.querySelector('p').textContent ?? ''),
    button: (row.querySelector('[role=status]').textContent ? row.querySelector('button:not([aria-label]):not([hidden])')
             : note?.querySelector('button:not([hidden])'))?.textContent ?? null,
    note: note?.querySelector('p').textContent ?? null,
}))(host.shadowRoot, host.shadowRoot.querySelector('span')?.shadowRoot) : null)(document.querySelector('holdfast-bar'))";

/// An expression for its button beside the one that closes it.
const BAR_BUTTON: &str = "((root) => root.querySelector('button:not([aria-label]):not([hidden])')
    ?? root.querySelector('span').shadowRoot.querySelector('button'))
    (document.querySelector('holdfast-bar').shadowRoot)";

/// An expression for the button of what waits.
const NOTE_BUTTON: &str = "document.querySelector('holdfast-bar').shadowRoot\
                           .querySelector('span').shadowRoot.querySelector('button')";

async fn execute(client: Client, script: &str) -> Result<Value, CmdError> {
    client.execute(script, Vec::new()).await
}

async fn execute_async(client: Client, script: &str) -> Result<Value, CmdError> {
    client.execute_async(script, Vec::new()).await
}

/// A command for an element, which must not wait for ever for an app that hangs.
async fn in_time<T>(command: impl Future<Output = Result<T, CmdError>>) -> Result<T, CmdError> {
    time::timeout(DEADLINE, command).await.unwrap_or(Err(CmdError::WaitTimeout))
}

//! The notifications of a desktop.
//!
//! On Linux a task for each place holds what is shown there, replaces it and takes it away.
//! Where there is no server for them, nothing is shown. macOS and Windows keep a notification
//! until the person has seen it: it cannot be taken away, and leads on as long as the app runs.

use futures::future::BoxFuture;
use notify_rust::{Notification, NotificationResponse, Timeout};

use super::{Board, End, Ended, Place, Said, Sight};

/// The action of a notification that is pressed as a whole.
const DEFAULT: &str = "default";

fn notification(said: &Said) -> Notification {
    let mut notification = Notification::new();
    notification.appname(&said.sender).summary(&said.title).body(&said.text);
    // What needs the person needs them tomorrow too.
    notification.action(DEFAULT, said.button).timeout(Timeout::Never);
    notification
}

const fn end_of(response: &NotificationResponse) -> End {
    let is_press =
        matches!(response, NotificationResponse::Default | NotificationResponse::Action(_));
    if is_press { End::Pressed } else { End::Dismissed }
}

#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use freedesktop::Desktop;
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) use others::Desktop;

#[cfg(all(unix, not(target_os = "macos")))]
mod freedesktop {
    use std::collections::HashMap;
    use std::sync::{Mutex, PoisonError};

    use super::{Board, BoxFuture, End, Ended, Place, Said, Sight, end_of, notification};
    use holdfast_engine::in_full;
    use notify_rust::NotificationHandle;
    use tauri::AppHandle;
    use tokio::sync::{mpsc, oneshot};

    /// Who shows them on the session bus.
    #[derive(Default)]
    pub(in super::super) struct Desktop {
        places: Mutex<HashMap<Place, mpsc::UnboundedSender<Order>>>,
    }

    enum Order {
        /// Whoever waits for it hears whether it is seen.
        Show(Said, Ended, oneshot::Sender<Sight>),
        /// Or when it is done.
        Clear(oneshot::Sender<()>),
    }

    /// What is shown, and who hears how that ends.
    type Shown = Option<(NotificationHandle, Ended)>;

    impl Desktop {
        pub(in super::super) fn of(_app: &AppHandle) -> Self {
            Self::default()
        }

        /// Gives an order to the task of a place, which is there from its first notification on.
        fn order(&self, place: Place, order: Order) {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            let orders = places.entry(place).or_insert_with(|| {
                let (orders, received) = mpsc::unbounded_channel();
                tauri::async_runtime::spawn(serve(received));
                orders
            });
            // It listens for as long as there is a board.
            let _ = orders.send(order);
        }

        fn is_used(&self, place: Place) -> bool {
            self.places.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&place)
        }
    }

    impl Board for Desktop {
        fn show(&self, place: Place, said: Said, ended: Ended) -> BoxFuture<'static, Sight> {
            let (done, is_done) = oneshot::channel();
            self.order(place, Order::Show(said, ended, done));
            Box::pin(async move { is_done.await.unwrap_or(Sight::Unseen) })
        }

        fn clear(&self, place: Place) -> BoxFuture<'static, ()> {
            if !self.is_used(place) {
                return Box::pin(std::future::ready(()));
            }
            let (done, is_done) = oneshot::channel();
            self.order(place, Order::Clear(done));
            Box::pin(async move {
                let _ = is_done.await;
            })
        }
    }

    /// Follows orders, and does what the person wants who presses what is shown.
    async fn serve(mut orders: mpsc::UnboundedReceiver<Order>) {
        let mut shown: Shown = None;
        loop {
            let order = match shown.take() {
                None => orders.recv().await,
                Some((handle, ended)) => {
                    let ordered = tokio::select! {
                        order = orders.recv() => order,
                        end = end(&handle) => {
                            ended(end);
                            if end == End::Pressed {
                                handle.close_async().await;
                            }
                            continue;
                        }
                    };
                    shown = Some((handle, ended));
                    ordered
                }
            };
            shown = match order {
                Some(Order::Show(said, ended, done)) => {
                    let now = show(said, ended, shown).await;
                    let _ = done.send(if now.is_some() { Sight::Seen } else { Sight::Unseen });
                    now
                }
                Some(Order::Clear(done)) => {
                    if let Some((handle, _)) = shown {
                        handle.close_async().await;
                    }
                    let _ = done.send(());
                    None
                }
                None => return,
            }
        }
    }

    /// Shows this in the place of what is shown.
    async fn show(said: Said, ended: Ended, shown: Shown) -> Shown {
        let mut notification = notification(&said);
        if said.text.contains(['&', '<']) && reads_markup().await {
            // What the site says is text.
            notification.body(&escaped(&said.text));
        }
        if let Some((older, _)) = &shown {
            // "the notification … will replace the notification with this ID" (Desktop
            // Notifications Specification, Notify)
            notification.id(older.id());
        }
        match notification.show_async().await {
            Ok(handle) => Some((handle, ended)),
            Err(error) => {
                tracing::debug!(error = in_full(&error), "nobody shows notifications here");
                None
            }
        }
    }

    /// Whether the server takes what is in angle brackets for its own: "body-markup: Supports
    /// markup in the body text" (GetCapabilities)
    async fn reads_markup() -> bool {
        let able = tauri::async_runtime::spawn_blocking(notify_rust::get_capabilities).await;
        let able = able.ok().and_then(Result::ok).unwrap_or_default();
        able.iter().any(|ability| ability == "body-markup")
    }

    fn escaped(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }

    /// What the person does with it, once they have.
    async fn end(handle: &NotificationHandle) -> End {
        let mut end = End::Dismissed;
        handle.wait_for_action_async(|response| end = end_of(response)).await;
        end
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
mod others {
    use super::{Board, BoxFuture, Ended, Place, Said, Sight, end_of, notification};
    use holdfast_engine::in_full;
    use tauri::AppHandle;
    use tokio::sync::oneshot;

    /// The system's own centre.
    pub(in super::super) struct Desktop {
        identifier: String,
    }

    impl Desktop {
        pub(in super::super) fn of(app: &AppHandle) -> Self {
            Self { identifier: app.config().identifier.clone() }
        }
    }

    impl Board for Desktop {
        fn show(&self, _place: Place, said: Said, ended: Ended) -> BoxFuture<'static, Sight> {
            let identifier = self.identifier.clone();
            let (done, is_done) = oneshot::channel();
            // Both systems hold the thread that waits for an answer.
            std::thread::spawn(move || {
                let mut notification = notification(&said);
                speak_as(&identifier, &mut notification);
                let shown = notification.show();
                let _ = done.send(if shown.is_ok() { Sight::Seen } else { Sight::Unseen });
                let answer = |response: &_| ended(end_of(response));
                if let Err(error) = shown.and_then(|shown| shown.wait_for_response(answer)) {
                    tracing::debug!(error = in_full(&error), "nothing shows notifications here");
                }
            });
            Box::pin(async move { is_done.await.unwrap_or(Sight::Unseen) })
        }

        fn clear(&self, _place: Place) -> BoxFuture<'static, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    /// Lets it come from the app that is installed; one that is not is unknown to the system.
    #[cfg(target_os = "macos")]
    fn speak_as(identifier: &str, _notification: &mut notify_rust::Notification) {
        if !tauri::is_dev() {
            // It can be said once, and every time it is the same.
            let _ = notify_rust::set_application(identifier);
        }
    }

    /// The same for a system where each notification says it.
    #[cfg(windows)]
    fn speak_as(identifier: &str, notification: &mut notify_rust::Notification) {
        if !tauri::is_dev() {
            notification.app_id(identifier);
        }
    }
}

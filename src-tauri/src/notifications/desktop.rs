//! The notifications of a desktop.
//!
//! On Linux one task holds what is shown, replaces it in its place and takes it away. Where
//! there is no server for them, nothing is shown. macOS and Windows keep a notification until
//! the person has seen it: it cannot be taken away, and leads on as long as the app runs.

use futures::future::BoxFuture;
use notify_rust::{Notification, NotificationResponse, Timeout};

use super::{Board, Pressed, Said};

/// The action of a notification that is pressed as a whole.
const DEFAULT: &str = "default";

fn notification(said: &Said) -> Notification {
    let mut notification = Notification::new();
    notification.appname(&said.title).summary(&said.title).body(&said.text);
    // What needs the person needs them tomorrow too.
    notification.action(DEFAULT, said.button).timeout(Timeout::Never);
    notification
}

const fn is_press(response: &NotificationResponse) -> bool {
    matches!(response, NotificationResponse::Default | NotificationResponse::Action(_))
}

#[cfg(all(unix, not(target_os = "macos")))]
pub(super) use freedesktop::Desktop;
#[cfg(not(all(unix, not(target_os = "macos"))))]
pub(super) use others::Desktop;

#[cfg(all(unix, not(target_os = "macos")))]
mod freedesktop {
    use super::{Board, BoxFuture, Pressed, Said, is_press, notification};
    use holdfast_engine::in_full;
    use notify_rust::NotificationHandle;
    use tokio::sync::{mpsc, oneshot};

    /// Who shows them on the session bus.
    pub(in super::super) struct Desktop {
        orders: mpsc::UnboundedSender<Order>,
    }

    enum Order {
        Show(Said, Pressed),
        /// Whoever waits for it hears when it is done.
        Clear(oneshot::Sender<()>),
    }

    /// What is shown, and what is done when it is pressed.
    type Shown = Option<(NotificationHandle, Pressed)>;

    impl Desktop {
        pub(in super::super) fn of(_identifier: &str) -> Self {
            let (orders, received) = mpsc::unbounded_channel();
            tauri::async_runtime::spawn(serve(received));
            Self { orders }
        }
    }

    impl Board for Desktop {
        fn show(&self, said: Said, pressed: Pressed) {
            // It listens for as long as there is a board.
            let _ = self.orders.send(Order::Show(said, pressed));
        }

        fn clear(&self) -> BoxFuture<'static, ()> {
            let (done, is_done) = oneshot::channel();
            let _ = self.orders.send(Order::Clear(done));
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
                Some((handle, pressed)) => {
                    let ordered = tokio::select! {
                        order = orders.recv() => Some(order),
                        is_pressed = is_pressed(&handle) => {
                            if is_pressed {
                                pressed();
                                handle.close_async().await;
                            }
                            continue;
                        }
                    };
                    shown = Some((handle, pressed));
                    ordered.flatten()
                }
            };
            shown = match order {
                Some(Order::Show(said, pressed)) => show(said, pressed, shown).await,
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
    async fn show(said: Said, pressed: Pressed, shown: Shown) -> Shown {
        let mut notification = notification(&said);
        if let Some((older, _)) = &shown {
            // "the notification … will replace the notification with this ID" (Desktop
            // Notifications Specification, Notify)
            notification.id(older.id());
        }
        match notification.show_async().await {
            Ok(handle) => Some((handle, pressed)),
            Err(error) => {
                tracing::debug!(error = in_full(&error), "nobody shows notifications here");
                None
            }
        }
    }

    /// Whether the person has pressed it, once they have or it is gone.
    async fn is_pressed(handle: &NotificationHandle) -> bool {
        let mut is_pressed = false;
        handle.wait_for_action_async(|response| is_pressed = is_press(response)).await;
        is_pressed
    }
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
mod others {
    use super::{Board, BoxFuture, Pressed, Said, is_press, notification};
    use holdfast_engine::in_full;

    /// The system's own centre.
    pub(in super::super) struct Desktop {
        identifier: String,
    }

    impl Desktop {
        pub(in super::super) fn of(identifier: &str) -> Self {
            Self { identifier: identifier.to_owned() }
        }
    }

    impl Board for Desktop {
        fn show(&self, said: Said, pressed: Pressed) {
            let identifier = self.identifier.clone();
            // Both systems hold the thread that waits for an answer.
            std::thread::spawn(move || {
                let mut notification = notification(&said);
                speak_as(&identifier, &mut notification);
                let answer = |response: &_| {
                    if is_press(response) {
                        pressed();
                    }
                };
                let shown = notification.show().and_then(|shown| shown.wait_for_response(answer));
                if let Err(error) = shown {
                    tracing::debug!(error = in_full(&error), "nothing shows notifications here");
                }
            });
        }

        fn clear(&self) -> BoxFuture<'static, ()> {
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

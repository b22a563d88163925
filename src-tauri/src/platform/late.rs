//! Answers that come later than the webview waits for them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{self, Instant};

/// How long a request may take. Android gives up after 30 s (wry's `MAIN_PIPE_TIMEOUT`, three
/// times), and what is answered by then still has to get there.
const PATIENCE: Duration = Duration::from_secs(25);
/// A page that came longer ago than this is not what who asks now wants to see: they asked
/// again at once, or not at all.
const FRESH: Duration = Duration::from_secs(10);
/// How many are on their way at most; the person looks at one page.
const LIMIT: usize = 4;

type Response = http::Response<Vec<u8>>;

/// The pages that are on their way, by what asked for them.
#[derive(Default)]
pub(crate) struct Late(Mutex<VecDeque<(String, Coming)>>);

/// One of them, and once it is there, since when.
type Coming = JoinHandle<(Response, Instant)>;

impl Late {
    /// The answer, if it comes in time. A page, which `page` tells from others, goes on coming
    /// and is there for whoever asks for it again.
    pub(crate) async fn in_time<F>(&self, page: Option<String>, answer: F) -> Option<Response>
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let Some(page) = page else { return time::timeout(PATIENCE, answer).await.ok() };
        if let Some(mut coming) = self.take(&page) {
            match time::timeout(PATIENCE, &mut coming).await {
                Ok(Ok((response, since))) if since.elapsed() < FRESH => return Some(response),
                // Too old, or it has come to nothing: asked for anew.
                Ok(_) => {}
                Err(_elapsed) => {
                    self.put(page, coming);
                    return None;
                }
            }
        }
        let mut answer = Box::pin(answer);
        if let Ok(response) = time::timeout(PATIENCE, &mut answer).await {
            return Some(response);
        }
        let coming = tokio::spawn(async move { (answer.await, Instant::now()) });
        self.put(page, coming);
        None
    }

    fn take(&self, page: &str) -> Option<Coming> {
        let mut late = self.lock();
        let at = late.iter().position(|(known, _)| known == page)?;
        late.remove(at).map(|(_, coming)| coming)
    }

    fn put(&self, page: String, coming: Coming) {
        let mut late = self.lock();
        late.push_back((page, coming));
        if late.len() > LIMIT
            && let Some((_, oldest)) = late.pop_front()
        {
            oldest.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Coming)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// When Android gives up.
    const LIMIT_OF_ANDROID: Duration = Duration::from_secs(30);

    /// A site that takes so long, and counts how often it is asked.
    #[derive(Clone, Default)]
    struct Site(Arc<AtomicUsize>);

    impl Site {
        fn asked(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }

        fn answer(&self, takes: Duration) -> impl Future<Output = Response> + Send + 'static {
            let asked = Arc::clone(&self.0);
            async move {
                let number = asked.fetch_add(1, Ordering::Relaxed) + 1;
                time::sleep(takes).await;
                http::Response::new(number.to_string().into_bytes())
            }
        }
    }

    async fn ask(late: &Late, site: &Site, page: Option<&str>, takes: u64) -> Option<String> {
        let begun = Instant::now();
        let answer = site.answer(Duration::from_secs(takes));
        let answer = late.in_time(page.map(str::to_owned), answer).await;
        assert!(begun.elapsed() < LIMIT_OF_ANDROID, "{:?}", begun.elapsed());
        answer.map(|response| String::from_utf8(response.into_body()).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_in_time_is_the_answer() {
        let (late, site) = (Late::default(), Site::default());
        assert_eq!(ask(&late, &site, Some("/a"), 24).await.as_deref(), Some("1"));
        assert_eq!(ask(&late, &site, None, 24).await.as_deref(), Some("2"));
        assert_eq!(ask(&late, &site, None, 26).await, None, "nobody asks for it again");
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_takes_minutes_is_asked_for_once_and_shown() {
        let (late, site) = (Late::default(), Site::default());
        for _ in 0..4 {
            assert_eq!(ask(&late, &site, Some("/a"), 120).await, None);
        }
        assert_eq!(ask(&late, &site, Some("/a"), 120).await.as_deref(), Some("1"));
        assert_eq!(site.asked(), 1);
        // And is asked for anew the next time.
        assert_eq!(ask(&late, &site, Some("/a"), 1).await.as_deref(), Some("2"));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_gets_what_somebody_else_has_asked_for() {
        let (late, site) = (Late::default(), Site::default());
        assert_eq!(ask(&late, &site, Some("ann /a"), 30).await, None);
        assert_eq!(ask(&late, &site, Some("bob /a"), 1).await.as_deref(), Some("2"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_nobody_waited_for_is_not_shown_later_as_if_it_were_new() {
        let (late, site) = (Late::default(), Site::default());
        assert_eq!(ask(&late, &site, Some("/a"), 30).await, None);
        time::sleep(Duration::from_secs(60)).await;
        assert_eq!(ask(&late, &site, Some("/a"), 1).await.as_deref(), Some("2"));
    }

    #[tokio::test(start_paused = true)]
    async fn pages_that_nobody_waits_for_do_not_pile_up() {
        let (late, site) = (Late::default(), Site::default());
        for number in 0..2 * LIMIT {
            assert_eq!(ask(&late, &site, Some(&number.to_string()), 3600).await, None);
        }
        assert_eq!(late.lock().len(), LIMIT);
    }
}

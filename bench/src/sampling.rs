//! Times of single calls, with their middle and their tail.
//!
//! Neither criterion nor divan: both tell means of many calls, where the goals ask for the
//! slowest hundredth as well, and neither lets ours and the baseline take turns, so that a
//! machine that is slower for a while is so for both.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::unconstrained;

use crate::Outcome;

/// How often everything is measured; the best counts.
pub(crate) const ROUNDS: usize = 3;

/// The times of many calls in nanoseconds.
pub(crate) struct Times(Histogram<u64>);

impl Times {
    /// Three significant digits.
    pub(crate) fn new() -> Outcome<Self> {
        Ok(Self(Histogram::new(3)?))
    }

    /// The slowest hundredth.
    #[expect(clippy::cast_precision_loss, reason = "a year in nanoseconds is exact")]
    pub(crate) fn p99(&self) -> f64 {
        self.0.value_at_quantile(0.99) as f64
    }

    pub(crate) fn note(&mut self, time: Duration) -> Outcome<()> {
        let nanoseconds = u64::try_from(time.as_nanos())?;
        Ok(self.0.record(nanoseconds.saturating_sub(clock_cost()).max(1))?)
    }
}

/// What reading the clock twice takes by itself, taken off every time.
fn clock_cost() -> u64 {
    static COST: OnceLock<u64> = OnceLock::new();
    *COST.get_or_init(|| {
        let mut costs: Vec<u128> =
            (0..10_001).map(|_| Instant::now().elapsed().as_nanos()).collect();
        costs.sort_unstable();
        costs.get(costs.len() / 2).and_then(|cost| u64::try_from(*cost).ok()).unwrap_or(0)
    })
}

/// Measures one call for each input. Making the input and dropping what comes out is not part
/// of it.
///
/// # Errors
///
/// What the first call that fails reports.
pub(crate) async fn times<I, O>(
    inputs: impl IntoIterator<Item = I>,
    mut call: impl AsyncFnMut(I) -> Outcome<O>,
) -> Outcome<Times> {
    clock_cost();
    let mut times = Times::new()?;
    for input in inputs {
        let input = black_box(input);
        let begun = Instant::now();
        // A request has a task and so a budget of its own; here thousands share one.
        let output = black_box(unconstrained(call(input)).await);
        let time = begun.elapsed();
        drop(output?);
        times.note(time)?;
    }
    Ok(times)
}

/// The best of several rounds, each figure for itself, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Best {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// The slowest of all rounds: here the worst counts.
    pub(crate) slowest: f64,
}

impl Best {
    pub(crate) const NONE: Self = Self { p50: f64::INFINITY, p99: f64::INFINITY, slowest: 0.0 };

    #[expect(clippy::cast_precision_loss, reason = "a year in nanoseconds is exact")]
    pub(crate) fn take(&mut self, Times(times): &Times) {
        self.p50 = self.p50.min(times.value_at_quantile(0.5) as f64);
        self.p99 = self.p99.min(times.value_at_quantile(0.99) as f64);
        self.slowest = self.slowest.max(times.max() as f64);
    }
}

/// A number that differs from call to call and is the same in every run.
#[derive(Debug)]
pub(crate) struct Shuffled(u64);

impl Shuffled {
    pub(crate) const fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    /// xorshift64.
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// The numbers below `count`, in another order.
    pub(crate) fn below(&mut self, count: usize) -> Vec<usize> {
        let mut numbers: Vec<_> = (0..count).collect();
        numbers.sort_by_cached_key(|_| self.next());
        numbers
    }
}

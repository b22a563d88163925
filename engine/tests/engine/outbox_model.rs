//! Whatever happens to votes on their way, in whatever order.
//!
//! Random sequences of what can go wrong, against a site that counts. What must hold after
//! each step, and when everything is well again:
//!
//! - *none lost*: what a page got an answer for is with the site or in the queue, and at the
//!   end with the site, or it says why not;
//! - *none doubled*: with receipts, the site has each once whatever happens; without them,
//!   never more often than the person has sent it in doubt;
//! - *order kept*: one person's votes for one poll arrive in the order they were cast;
//! - *nobody else's*: each is counted as a vote of who has cast it.
//!
//! A program that is killed is dropped between two steps of its tasks; `cargo xtask torture`
//! kills real ones.

#![expect(clippy::indexing_slicing, reason = "in a test a panic is the report")]

mod polls;
mod world;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest, prop_state_machine};
use tokio::runtime::{Builder, Runtime};
use tokio::time;

use self::polls::{Cut, Person, Weather};
use self::world::{Keeper, World, a_little};
use crate::scenario::ms;

/// So many sequences are tried unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 32;
/// In milliseconds: a moment, and what it takes until something is tried again or given up.
const PAUSES: [u64; 7] = [1, 100, 1_000, 6_000, 31_000, 70_000, 700_000];
/// In seconds: a minute, a day, and more than anything waits.
const SHIFTS: [i64; 7] = [0, 0, 60, -60, 86_400, -86_400, 31 * 86_400];

/// What is known of a run before it: which programs are open.
#[derive(Debug, Clone)]
struct Plan {
    gives_receipts: bool,
    keeper: Keeper,
    is_open: [bool; 2],
}

/// Something that happens.
#[derive(Debug, Clone)]
enum Deed {
    /// Somebody votes, and it is safe before anything else happens.
    Vote {
        at: usize,
        by: Option<Person>,
        poll: u32,
        length: usize,
    },
    /// Somebody votes, and the program is killed after so many turns of its tasks and a pause.
    VoteAndKill {
        at: usize,
        by: Option<Person>,
        poll: u32,
        turns: u8,
        pause: u64,
    },
    Weather(Weather),
    Cut(Cut),
    Crash,
    Open {
        at: usize,
        shift: i64,
    },
    Close {
        at: usize,
    },
    Kill {
        at: usize,
    },
    /// The machine wakes up, and with it all that is open.
    Resume,
    SignIn {
        at: usize,
        person: Person,
    },
    SignOut {
        at: usize,
        person: Person,
    },
    EndSessions,
    SendByHand {
        at: usize,
    },
    Rest(u64),
}

impl Deed {
    /// The program that has to be open for it.
    const fn needs(&self) -> Option<usize> {
        match self {
            Self::Vote { at, .. }
            | Self::VoteAndKill { at, .. }
            | Self::Close { at }
            | Self::Kill { at }
            | Self::SignIn { at, .. }
            | Self::SignOut { at, .. }
            | Self::SendByHand { at } => Some(*at),
            Self::Weather(_)
            | Self::Cut(_)
            | Self::Crash
            | Self::Open { .. }
            | Self::EndSessions
            | Self::Resume
            | Self::Rest(_) => None,
        }
    }
}

impl ReferenceStateMachine for Plan {
    type State = Self;
    type Transition = Deed;

    fn init_state() -> BoxedStrategy<Self> {
        let keeper = prop_oneof![Just(Keeper::App), Just(Keeper::Browsers)];
        let plan = (any::<bool>(), keeper, any::<bool>());
        plan.prop_map(|(gives_receipts, keeper, is_second_open)| Self {
            gives_receipts,
            keeper,
            is_open: [true, is_second_open],
        })
        .boxed()
    }

    fn transitions(plan: &Self) -> BoxedStrategy<Deed> {
        let those = |is_open| (0..2).filter(|at| plan.is_open[*at] == is_open).collect::<Vec<_>>();
        let (open, closed) = (those(true), those(false));
        let mut deeds = vec![
            (4, weather().prop_map(Deed::Weather).boxed()),
            (4, cut().prop_map(Deed::Cut).boxed()),
            (1, Just(Deed::Crash).boxed()),
            (1, Just(Deed::EndSessions).boxed()),
            (2, Just(Deed::Resume).boxed()),
            (5, prop::sample::select(&PAUSES[..]).prop_map(Deed::Rest).boxed()),
        ];
        if !open.is_empty() {
            deeds.extend(within(open));
        }
        if !closed.is_empty() {
            let deed = (prop::sample::select(closed), prop::sample::select(&SHIFTS[..]))
                .prop_map(|(at, shift)| Deed::Open { at, shift });
            deeds.push((5, deed.boxed()));
        }
        prop::strategy::Union::new_weighted(deeds).boxed()
    }

    fn apply(mut plan: Self, deed: &Deed) -> Self {
        match deed {
            Deed::Open { at, .. } => plan.is_open[*at] = true,
            Deed::Close { at } | Deed::Kill { at } | Deed::VoteAndKill { at, .. } => {
                plan.is_open[*at] = false;
            }
            Deed::Vote { .. }
            | Deed::Weather(_)
            | Deed::Cut(_)
            | Deed::Crash
            | Deed::Resume
            | Deed::SignIn { .. }
            | Deed::SignOut { .. }
            | Deed::EndSessions
            | Deed::SendByHand { .. }
            | Deed::Rest(_) => {}
        }
        plan
    }

    fn preconditions(plan: &Self, deed: &Deed) -> bool {
        if let Deed::Open { at, .. } = deed {
            return !plan.is_open[*at];
        }
        deed.needs().is_none_or(|at| plan.is_open[at])
    }
}

/// What happens in programs that are open.
fn within(open: Vec<usize>) -> [(u32, BoxedStrategy<Deed>); 7] {
    let at = prop::sample::select(open);
    let person = prop::sample::select(&Person::ALL[..]);
    let by = prop::option::weighted(0.7, person.clone());
    let poll = 1_u32..3;
    // Some are too long for a row.
    let length = prop_oneof![3 => 0_usize..200, 1 => Just(100_000)];
    let vote = (at.clone(), by.clone(), poll.clone(), length)
        .prop_map(|(at, by, poll, length)| Deed::Vote { at, by, poll, length });
    let pause = prop::sample::select(&[0_u64, 0, 1, 6_000][..]);
    let vote_and_kill = (at.clone(), by, poll, 0_u8..40, pause)
        .prop_map(|(at, by, poll, turns, pause)| Deed::VoteAndKill { at, by, poll, turns, pause });
    let turn = (at.clone(), person);
    [
        (8, vote.boxed()),
        (2, vote_and_kill.boxed()),
        (1, at.clone().prop_map(|at| Deed::Close { at }).boxed()),
        (1, at.clone().prop_map(|at| Deed::Kill { at }).boxed()),
        (3, turn.clone().prop_map(|(at, person)| Deed::SignIn { at, person }).boxed()),
        (1, turn.prop_map(|(at, person)| Deed::SignOut { at, person }).boxed()),
        (1, at.prop_map(|at| Deed::SendByHand { at }).boxed()),
    ]
}

fn weather() -> impl Strategy<Value = Weather> {
    prop_oneof![
        3 => Just(Weather::Fine),
        2 => Just(Weather::Refusing),
        1 => Just(Weather::Silent),
        1 => (1_u16..300).prop_map(Weather::Busy),
        3 => (1_u16..20).prop_map(Weather::Slow),
    ]
}

fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        Just(Cut::BeforeRequest),
        any::<Index>().prop_map(Cut::InRequest),
        Just(Cut::AfterActing),
        any::<Index>().prop_map(Cut::InAnswer),
        Just(Cut::NoAnswer),
    ]
}

/// A run on time of its own.
struct Run {
    world: World,
    runtime: Runtime,
}

impl StateMachineTest for Run {
    type SystemUnderTest = Self;
    type Reference = Plan;

    fn init_test(plan: &Plan) -> Self {
        let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = runtime.unwrap();
        let world = runtime.block_on(async {
            let mut world = World::new(plan.gives_receipts, plan.keeper);
            for at in (0..2).filter(|at| plan.is_open[*at]) {
                world.open(at, 0).await;
            }
            world
        });
        Self { world, runtime }
    }

    fn apply(mut run: Self, _: &Plan, deed: Deed) -> Self {
        run.runtime.block_on(happen(&mut run.world, deed));
        run
    }

    fn check_invariants(run: &Self, _: &Plan) {
        run.world.check();
    }

    fn teardown(mut run: Self, _: Plan) {
        run.runtime.block_on(async {
            run.world.conclude().await;
            run.world.close(0).await;
            run.world.close(1).await;
        });
    }
}

async fn happen(world: &mut World, deed: Deed) {
    if !matches!(deed, Deed::Vote { .. } | Deed::Open { .. }) {
        world.polls.note(format!("      {deed:?}"));
    }
    match deed {
        Deed::Vote { at, by, poll, length } => {
            world.vote(at, by, (poll, length));
            // Time only passes once it is on the disk.
            time::sleep(ms(1)).await;
        }
        Deed::VoteAndKill { at, by, poll, turns, pause } => {
            world.vote(at, by, (poll, 10));
            a_little(turns).await;
            if pause > 0 {
                time::sleep(ms(pause)).await;
            }
            world.kill(at).await;
        }
        Deed::Weather(weather) => world.polls.becomes(weather),
        Deed::Cut(cut) => world.polls.will_cut(cut),
        Deed::Crash => {
            world.polls.crashes();
            a_little(1).await;
        }
        Deed::Open { at, shift } => world.open(at, shift).await,
        Deed::Close { at } => world.close(at).await,
        Deed::Kill { at } => world.kill(at).await,
        Deed::Resume => world.resume().await,
        Deed::SignIn { at, person } => world.sign_in(at, person).await,
        Deed::SignOut { at, person } => world.sign_out(at, person).await,
        Deed::EndSessions => world.polls.ends_all_sessions(),
        Deed::SendByHand { at } => world.send_by_hand(at),
        Deed::Rest(pause) => time::sleep(ms(pause)).await,
    }
}

fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => config,
        None => ProptestConfig { cases: CASES, ..config },
    }
}

prop_state_machine! {
    #![proptest_config(config())]
    #[test]
    fn votes_arrive_once_and_only_once(sequential 1..30 => Run);
}

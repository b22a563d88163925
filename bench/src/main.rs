//! What the engine costs beside what cannot be saved: `cargo xtask bench`.
//!
//! Each figure stands beside a baseline measured in the same run, since only ratios hold from
//! one machine to the next. `goals/` has a function for each goal, `docs/performance.md` how
//! each is measured.

mod goal;
mod goals;
mod machine;
mod raw;
mod sampling;
mod servers;
mod site;
mod stores;
mod table;

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;

use clap::Parser;
use futures::FutureExt;

use goal::Goal;
use stores::Stores;
use table::Row;

/// What most things here come to.
type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Measures what requests cost, beside what cannot be saved.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench")]
struct Options {
    /// Only these goals, such as G2,G6.
    #[arg(long, value_name = "GOAL", value_delimiter = ',')]
    only: Vec<Goal>,

    /// Prints the table as JSON in one line, the last one on standard output.
    #[arg(long)]
    json: bool,

    /// Prints the table as Markdown.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,

    /// Small sizes, to see that it runs; the figures say little.
    #[arg(long)]
    quick: bool,

    /// Where stores are made, on a real disk.
    #[arg(long, value_name = "DIR", default_value = "target/bench")]
    directory: PathBuf,

    /// Serves what the others serve with nothing behind it; started by the benchmark.
    #[arg(long, hide = true)]
    bare_server: bool,
}

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Full,
    Quick,
}

impl Extent {
    /// So many of what is measured, or a few.
    const fn of(self, count: usize) -> usize {
        match self {
            Self::Full => count,
            Self::Quick => count.div_ceil(20),
        }
    }
}

/// What the functions of the goals work with.
struct Run {
    extent: Extent,
    stores: Stores,
}

fn main() -> Outcome<()> {
    let options = Options::parse();
    if options.bare_server {
        return servers::bare::serve();
    }
    // The runtime of the app and the gateway; what is measured runs on this thread.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(&options))
}

async fn measure(options: &Options) -> Outcome<()> {
    let extent = if options.quick { Extent::Quick } else { Extent::Full };
    let mut run = Run { extent, stores: Stores::new(&options.directory, extent)? };
    let description = machine::description(&options.directory);
    let (mut rows, mut complaints) = (Vec::new(), Vec::new());
    for goal in Goal::ALL {
        if !options.only.is_empty() && !options.only.contains(&goal) {
            continue;
        }
        if let Some(complaint) = machine::complaint(machine::busyness().await?) {
            eprintln!("bench: {complaint}, so {goal} will be noisy");
            complaints.push(format!("{goal}: {complaint}"));
        }
        eprintln!("bench: {goal}, {}", goal.title());
        // Whatever becomes of one, the others are worth having all the same. What drives the
        // app is made for tests, and panics where it cannot go on.
        let measured = match AssertUnwindSafe(goals::rows(goal, &mut run)).catch_unwind().await {
            Ok(Ok(measured)) => measured,
            Ok(Err(error)) => vec![Row::unmeasured(goal, goal.title(), error.to_string())],
            Err(_panic) => vec![Row::unmeasured(goal, goal.title(), "it panicked")],
        };
        eprintln!("{}", table::text(&measured));
        rows.extend(measured);
    }
    print(options, &description, &rows, &complaints)
}

#[expect(clippy::print_stdout, reason = "a table on standard output is what it is for")]
fn print(options: &Options, description: &str, rows: &[Row], complaints: &[String]) -> Outcome<()> {
    if options.json {
        let rows = table::json(rows);
        let all = serde_json::json!({
            "machine": description, "quick": options.quick, "notIdle": complaints, "rows": rows,
        });
        println!("{}", serde_json::to_string(&all)?);
        return Ok(());
    }
    let table = if options.markdown { table::markdown(rows) } else { table::text(rows) };
    println!("\n{description}\n\n{table}");
    if options.quick {
        println!("Quick: sizes too small for the goals.");
    }
    match complaints {
        [] => println!("The machine was idle before each goal."),
        complaints => println!("Not idle before {}.", complaints.join("; ")),
    }
    Ok(())
}

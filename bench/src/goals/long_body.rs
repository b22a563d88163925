//! G8: a body that is much longer than what is held of it.

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use crate::goal::Goal;
use crate::machine;
use crate::sampling::ROUNDS;
use crate::site::{self, AMPLE, Kind, MIB, PIECE};
use crate::table::{Against, Figure, Row};
use crate::{Extent, Outcome, Run};

/// Stored while it passes, beside hashing and writing the same pieces.
pub(super) async fn rows(run: &mut Run) -> Outcome<Vec<Row>> {
    let length = match run.extent {
        Extent::Full => 1024 * MIB,
        Extent::Quick => 64 * MIB,
    };
    let folder = run.stores.empty()?;
    let engine = site::engine(folder.path(), &run.stores.bodies, AMPLE)?;
    // Threads and buffers that every program has once.
    let small = site::address(Kind::Stream, 16 * MIB, 0)?;
    site::fetched(&engine, site::request(&small)).await?;
    let (mut ours, mut theirs, mut grown) = (0.0_f64, 0.0_f64, 0.0_f64);
    #[expect(clippy::cast_precision_loss, reason = "a length of a gibibyte is exact")]
    let per_second = |begun: Instant| length as f64 / begun.elapsed().as_secs_f64();
    for round in 1..=ROUNDS {
        let url = site::address(Kind::Stream, length, round)?;
        let before = machine::memory()?;
        machine::forget_peak()?;
        let begun = Instant::now();
        site::fetched(&engine, site::request(&url)).await?;
        wait_until_stored(&engine, length * round).await?;
        ours = ours.max(per_second(begun));
        grown = grown.max(machine::peak_memory()? - before);

        let piece = run.stores.bodies.get(PIECE, round);
        let begun = Instant::now();
        let mut file = File::create(folder.path().join("raw"))?;
        let mut hasher = blake3::Hasher::new();
        for _ in 0..length / PIECE {
            file.write_all(&piece)?;
            hasher.update(&piece);
        }
        file.sync_data()?;
        std::hint::black_box(hasher.finalize());
        theirs = theirs.max(per_second(begun));
        std::fs::remove_file(folder.path().join("raw"))?;
    }
    engine.close().await;
    let name = super::hits::shown(length);
    let throughput = Against::AtLeast(0.8, Figure::BytesPerSecond(theirs));
    let growth = Against::Limit(Figure::Bytes(2.0 * 1024.0 * 1024.0));
    let ours = Figure::BytesPerSecond(ours);
    Ok(vec![
        Row::new(Goal::G8, format!("store {name} as it passes"), ours, throughput),
        Row::new(Goal::G8, format!("memory while {name} passes"), Figure::Bytes(grown), growth),
    ])
}

/// The last piece has passed before the file is on the disk.
async fn wait_until_stored(engine: &holdfast_engine::Engine, bytes: usize) -> Outcome<()> {
    while engine.usage()?.bytes < bytes as u64 {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    Ok(())
}

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| holdfast_engine::fuzzing::event_stream(bytes));

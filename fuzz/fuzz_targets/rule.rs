#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_target!(|bytes: &[u8]| {
    convoke_server::fuzzing::rule(bytes);
});

fuzz_mutator!(|bytes: &mut [u8], size: usize, max_size: usize, seed: u32| {
    convoke_fuzz::mutate(bytes, size, max_size, seed, include_str!("../words/rule"))
});

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    big_fuzz::labels_parquet(data);
});

//! The one program that all images hold.

use std::{path::Path, sync::OnceLock};

/// Where distributions put it; `/usr/bin` on those that merged `/bin` into it.
const PLACES: [&str; 2] = ["/bin/busybox", "/usr/bin/busybox"];

/// The bytes of a static busybox.
///
/// # Panics
///
/// When there is none: a test that needs it has failed then, and the text says what to install.
pub fn busybox() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let place = PLACES.into_iter().find(|place| Path::new(place).is_file());
        let place = place.expect(
            "busybox is missing, and images are made of it: apt-get install busybox-static",
        );
        let bytes = fs_err::read(place).expect("busybox can be read");
        assert!(
            !holds(&bytes, b"/ld-linux"),
            "{place} is not static, and images hold no libraries: apt-get install busybox-static"
        );
        bytes
    })
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

//! Checksums within tokens.

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// GitHub's tokens, and npm's that were made after them, end with the CRC-32 of the random part as six digits of base 62
/// (github.blog, "Behind GitHub's new authentication token formats"). `prefix` is how long what stands before is.
pub(crate) fn has_crc32(token: &[u8], prefix: usize) -> bool {
    let Some(rest) = token.get(prefix..) else { return false };
    let Some((random, sum)) = rest.split_at_checked(rest.len().saturating_sub(6)) else {
        return false;
    };
    base62(crc32(random)) == *sum
}

/// CRC-32 as in zlib (ISO 3309).
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for &byte in bytes {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

/// Six digits, the highest first.
pub(crate) fn base62(mut number: u32) -> [u8; 6] {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(number % 62) as usize];
        number /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digits_are_checked() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let random = "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ";
        let sum = String::from_utf8(base62(crc32(random.as_bytes())).to_vec()).expect("ASCII");
        let token = format!("ghp_{random}{sum}");
        assert!(has_crc32(token.as_bytes(), 4), "{token}");
        assert_eq!(token, "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");
        assert!(!has_crc32(b"ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18", 4));
        assert!(!has_crc32(b"gh", 4) && !has_crc32(b"ghp_123", 4));
    }
}

//! Numbers and bytes that look random and are the same each time: xorshift64* (Vigna, 2016).

/// A source of such numbers.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        // Zero would stay zero.
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = end.max(1) as u64;
        usize::try_from(self.number() % end).expect("it is below a usize")
    }

    /// So many bytes that no compressor makes shorter.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend_from_slice(&self.number().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }

    /// So many bytes of something like a program's text: words and lines, no two files alike.
    pub fn prose(&mut self, len: usize) -> Vec<u8> {
        const WORDS: &[&str] = &[
            "return ",
            "value",
            "self.",
            "(",
            ") {\n    ",
            "if ",
            "the ",
            "for item in ",
            " = ",
            "None",
            "\n",
            "    def ",
            "import ",
            "os",
            "path",
            ".join",
            "[",
            "]",
            "# note that ",
            "size",
            ", ",
            "error",
            "\n\n",
            "class ",
            "not ",
        ];
        let mut text = format!("# file {:016x}\n", self.number()).into_bytes();
        while text.len() < len {
            let mut choice = self.number();
            for _ in 0..12 {
                text.extend_from_slice(WORDS[(choice % 25) as usize].as_bytes());
                choice /= 25;
            }
        }
        text.truncate(len);
        text
    }

    /// So many characters out of `alphabet`.
    pub fn text(&mut self, alphabet: &str, len: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..len).map(|_| letters[self.below(letters.len())]).collect()
    }
}

//! The alphabets of mathematics, in which a letter is another thing than the plain one: a vector is bold, a set of numbers has
//! double strokes.
//!
//! Source: the Unicode chart "Mathematical Alphanumeric Symbols". Where a letter had a place before that block came, its place
//! there is empty.

use super::prose::is_unspaced;

/// An alphabet, by the places of its first characters.
pub(super) struct Alphabet {
    capitals: u32,
    small: Option<u32>,
    digits: Option<u32>,
    greek: Option<u32>,
    elsewhere: &'static [(char, char)],
}

const BOLD_DIGITS: Option<u32> = Some(0x1d7ce);

const BOLD: Alphabet = Alphabet {
    capitals: 0x1d400,
    small: Some(0x1d41a),
    digits: BOLD_DIGITS,
    greek: Some(0x1d6a8),
    elsewhere: &[],
};

const BOLD_ITALIC: Alphabet = Alphabet {
    capitals: 0x1d468,
    small: Some(0x1d482),
    digits: BOLD_DIGITS,
    greek: Some(0x1d71c),
    elsewhere: &[],
};

const SANS_SERIF: Alphabet = Alphabet {
    capitals: 0x1d5a0,
    small: Some(0x1d5ba),
    digits: Some(0x1d7e2),
    greek: None,
    elsewhere: &[],
};

const TYPEWRITER: Alphabet = Alphabet {
    capitals: 0x1d670,
    small: Some(0x1d68a),
    digits: Some(0x1d7f6),
    greek: None,
    elsewhere: &[],
};

const FRAKTUR: Alphabet = Alphabet {
    capitals: 0x1d504,
    small: Some(0x1d51e),
    digits: None,
    greek: None,
    elsewhere: &[('C', 'ℭ'), ('H', 'ℌ'), ('I', 'ℑ'), ('R', 'ℜ'), ('Z', 'ℨ')],
};

const SCRIPT: Alphabet = Alphabet {
    capitals: 0x1d49c,
    small: None,
    digits: None,
    greek: None,
    elsewhere: &[
        ('B', 'ℬ'),
        ('E', 'ℰ'),
        ('F', 'ℱ'),
        ('H', 'ℋ'),
        ('I', 'ℐ'),
        ('L', 'ℒ'),
        ('M', 'ℳ'),
        ('R', 'ℛ'),
    ],
};

const DOUBLE_STRUCK: Alphabet = Alphabet {
    capitals: 0x1d538,
    small: Some(0x1d552),
    digits: Some(0x1d7d8),
    greek: None,
    elsewhere: &[
        ('C', 'ℂ'),
        ('H', 'ℍ'),
        ('N', 'ℕ'),
        ('P', 'ℙ'),
        ('Q', 'ℚ'),
        ('R', 'ℝ'),
        ('Z', 'ℤ'),
    ],
};

/// The alphabet that a command chooses, told without its backslash.
pub(super) fn alphabet(command: &str) -> Option<&'static Alphabet> {
    Some(match command {
        "mathbf" => &BOLD,
        "boldsymbol" | "bm" => &BOLD_ITALIC,
        "mathsf" => &SANS_SERIF,
        "mathtt" => &TYPEWRITER,
        "mathfrak" => &FRAKTUR,
        "mathcal" | "mathscr" => &SCRIPT,
        "mathbb" => &DOUBLE_STRUCK,
        _ => return None,
    })
}

impl Alphabet {
    /// The text in this alphabet, if it has all of its letters and digits. Signs are the same in all.
    pub(super) fn spell(&self, text: &str) -> Option<String> {
        text.chars().map(|c| self.character(c)).collect()
    }

    fn character(&self, c: char) -> Option<char> {
        if let Some((_, other)) = self.elsewhere.iter().find(|(plain, _)| *plain == c) {
            return Some(*other);
        }
        let (first, base) = match c {
            'A'..='Z' => ('A', Some(self.capitals)),
            'a'..='z' => ('a', self.small),
            '0'..='9' => ('0', self.digits),
            'Α'..='Ρ' | 'Σ'..='Ω' => ('Α', self.greek),
            // Behind the capitals is ∇, and behind the small letters are the signs.
            'α'..='ω' => ('α', self.greek.map(|greek| greek + 26)),
            '∇' => ('∇', self.greek.map(|greek| greek + 25)),
            '∂' => ('∂', self.greek.map(|greek| greek + 51)),
            'ϵ' => ('ϵ', self.greek.map(|greek| greek + 52)),
            'ϑ' => ('ϑ', self.greek.map(|greek| greek + 53)),
            'ϕ' => ('ϕ', self.greek.map(|greek| greek + 55)),
            'ϱ' => ('ϱ', self.greek.map(|greek| greek + 56)),
            'ϖ' => ('ϖ', self.greek.map(|greek| greek + 57)),
            // Kanji and kana are words, not names of quantities that another alphabet makes others.
            c if !c.is_alphanumeric() || is_unspaced(c) => return Some(c),
            _ => return None,
        };
        char::from_u32(base? + (u32::from(c) - u32::from(first)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_where_unicode_has_them() {
        let table = [
            ("mathbf", "AZaz09ΑΩαω∇∂ϵϖ", Some("𝐀𝐙𝐚𝐳𝟎𝟗𝚨𝛀𝛂𝛚𝛁𝛛𝛜𝛡")),
            ("boldsymbol", "AZaz09ΑΩαω∇∂ϵϖ", Some("𝑨𝒁𝒂𝒛𝟎𝟗𝜜𝜴𝜶𝝎𝜵𝝏𝝐𝝕")),
            ("mathsf", "AZaz09", Some("𝖠𝖹𝖺𝗓𝟢𝟫")),
            ("mathtt", "AZaz09", Some("𝙰𝚉𝚊𝚣𝟶𝟿")),
            ("mathfrak", "ABCHIRYZaz", Some("𝔄𝔅ℭℌℑℜ𝔜ℨ𝔞𝔷")),
            ("mathcal", "ABEFHILMRZ", Some("𝒜ℬℰℱℋℐℒℳℛ𝒵")),
            ("mathbb", "ACHNPQRZaz19", Some("𝔸ℂℍℕℙℚℝℤ𝕒𝕫𝟙𝟡")),
            ("mathbf", "x+y\u{302} 速", Some("𝐱+𝐲\u{302} 速")),
            ("mathbf", "x₁", None),
            ("mathbf", "é", None),
            ("mathsf", "β", None),
            ("mathcal", "a", None),
        ];
        for (command, plain, expected) in table {
            let spelt = alphabet(command).and_then(|alphabet| alphabet.spell(plain));
            assert_eq!(spelt.as_deref(), expected, "{command} {plain}");
        }
    }
}

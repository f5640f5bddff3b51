//! Enumerations that also accept unknown words: an enum of the known words, with a variant for any other text.

/// A text that is usually one of a few words.
pub trait Word: for<'t> From<&'t str> {
    /// The known words.
    const WORDS: &'static [&'static str];

    /// The text.
    fn as_str(&self) -> &str;

    /// The known word that equals the text in any case; none if no word of [`Self::WORDS`] does.
    fn parse(text: &str) -> Option<Self> {
        Self::WORDS.iter().find(|word| word.eq_ignore_ascii_case(text)).map(|word| Self::from(*word))
    }
}

/// Declares enums with the word of each variant. `Other` is any other text; it is written as it was read, so words of a
/// newer server are kept. Deserialising matches only the exact word. [`Word::parse`] ignores case.
macro_rules! word_enums {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("`", $word, "`.")] $(#[$variant_doc])* $variant,)+
            /// Any other text, unchanged.
            Other(String),
        }

        impl $crate::word::Word for $name {
            const WORDS: &'static [&'static str] = &[$($word,)+];

            fn as_str(&self) -> &str {
                match self {
                    $($name::$variant => $word,)+
                    $name::Other(text) => text,
                }
            }
        }

        impl<T: AsRef<str> + Into<String>> From<T> for $name {
            fn from(text: T) -> Self {
                match text.as_ref() {
                    $($word => $name::$variant,)+
                    _ => $name::Other(text.into()),
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                $name::Other(String::new())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::word::Word::as_str(self))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::word::Word::as_str(self))
            }
        }
    )*};
}

/// Declares the same, with serialisation; any text can be read.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($words:tt)+ })*) => {
        $crate::word::word_enums! { $($(#[$doc])* $name { $($words)+ })* }

        $(
            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    String::deserialize(deserializer).map($name::from)
                }
            }

            /// The documents list the words at each field, because not every field takes all of them.
            impl schemars::JsonSchema for $name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> std::borrow::Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                    String::json_schema(generator)
                }
            }
        )*
    };
}

pub(crate) use {word_enums, words};

#[cfg(test)]
mod tests {
    use super::Word;
    use crate::genesys::Visibility;
    use serde_json::json;

    #[test]
    fn whatever_is_read_is_written_as_it_was() {
        for (text, expected) in [
            ("public", Visibility::Public),
            ("PUBLIC", Visibility::Other("PUBLIC".into())),
            ("everyone", Visibility::Other("everyone".into())),
            ("", Visibility::default()),
        ] {
            let read: Visibility = serde_json::from_value(json!(text)).expect("any text is one");
            assert_eq!(read, expected);
            assert_eq!(serde_json::to_value(&read).expect("a text"), json!(text));
        }
        assert_eq!(Visibility::parse("PUBLIC"), Some(Visibility::Public));
        assert_eq!(Visibility::parse("everyone"), None);
    }
}

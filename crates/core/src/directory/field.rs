//! The searchable fields of groups and people, and the types of their values.

use crate::records::PersonText;

/// A searchable field.
pub trait SearchField: Copy + PartialEq + 'static {
    /// The field of the default order.
    const NAME: Self;
    /// The words for all fields.
    const WORDS: &'static [&'static str];
    /// The field that a word stands for, in any case.
    fn parse(word: &str) -> Option<Self>;
    /// The word of the field.
    fn word(self) -> &'static str;
    /// The type of its values.
    fn kind(self) -> FieldKind;
    /// Whether it has at most one value, so that hits can be sorted by it.
    fn is_single(self) -> bool;
}

/// The type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// Ids, which are only compared as a whole.
    Id,
    /// Whole numbers.
    Number,
    /// Timestamps, in milliseconds since 1970.
    Moment,
}

macro_rules! fields {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $word:literal $kind:ident $single:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$field_doc])* $field,)* }

        impl $name {
            /// Every field, in the order of [`SearchField::WORDS`].
            pub const ALL: &[Self] = &[$($name::$field,)*];
        }

        impl SearchField for $name {
            const NAME: Self = $name::Name;
            const WORDS: &'static [&'static str] = &[$($word,)*];

            fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|field| field.word().eq_ignore_ascii_case(word))
            }

            fn word(self) -> &'static str {
                match self { $($name::$field => $word,)* }
            }

            fn kind(self) -> FieldKind {
                match self { $($name::$field => FieldKind::$kind,)* }
            }

            fn is_single(self) -> bool {
                match self { $($name::$field => $single,)* }
            }
        }
    )*};
}

fields! {
    /// A field of groups.
    GroupField {
        /// The id.
        Id = "id" Id true,
        /// The name.
        Name = "name" Text true,
        /// What it is for.
        Description = "description" Text true,
        /// Its own e-mail address.
        Email = "email" Text true,
        /// Official or social.
        Type = "type" Text true,
        /// Active or inactive.
        State = "state" Text true,
        /// Public, owners or members.
        Visibility = "visibility" Text true,
        /// The owners.
        OwnerIds = "ownerIds" Id false,
        /// The members.
        MemberIds = "memberIds" Id false,
        /// Phone numbers and extensions.
        Addresses = "addresses" Text false,
        /// When it was last changed.
        DateModified = "dateModified" Moment true,
        /// The number of members.
        MemberCount = "memberCount" Number true,
    }
    /// A field of people.
    PersonField {
        /// The id.
        Id = "id" Id true,
        /// The full name.
        Name = "name" Text true,
        /// E-mail address.
        Email = "email" Text true,
        /// Sign-in name, or the e-mail address if there is no sign-in name.
        Username = "username" Text true,
        /// Department.
        Department = "department" Text true,
        /// Job title.
        Title = "title" Text true,
        /// The given name.
        GivenName = "givenName" Text true,
        /// The family name.
        FamilyName = "familyName" Text true,
        /// The cost center that the person belongs to.
        CostCenter = "costCenter" Text true,
        /// Active, inactive or deleted.
        State = "state" Text true,
        /// The manager.
        Manager = "manager" Id true,
        /// The names of routing skills.
        Skills = "skills" Text false,
        /// The names of languages.
        Languages = "languages" Text false,
        /// Profile skills, as the person states them.
        ProfileSkills = "profileSkills" Text false,
        /// Certificates held.
        Certifications = "certifications" Text false,
        /// Places of work; nobody has any yet.
        Locations = "locations" Text false,
        /// Phone numbers, extensions and further e-mail addresses.
        Addresses = "addresses" Text false,
        /// Groups that the person is a member of.
        Groups = "groups" Id false,
    }
}

impl PersonField {
    /// The plain text of this field, if it has one. Plain texts without a field are not searchable.
    pub(crate) fn text(self) -> Option<PersonText> {
        match self {
            PersonField::Department => Some(PersonText::Department),
            PersonField::Title => Some(PersonText::Title),
            PersonField::GivenName => Some(PersonText::GivenName),
            PersonField::FamilyName => Some(PersonText::FamilyName),
            PersonField::CostCenter => Some(PersonText::CostCenter),
            _ => None,
        }
    }
}

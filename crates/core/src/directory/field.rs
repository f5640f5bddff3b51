//! The fields of groups and people that can be searched, and what their values are.

use crate::records::PersonText;

/// A field that can be searched.
pub trait SearchField: Copy + PartialEq + 'static {
    /// The field that things are ordered by where nothing else is asked for.
    const NAME: Self;
    /// The words for all fields.
    const WORDS: &'static [&'static str];
    /// The field that a word stands for, in any case.
    fn parse(word: &str) -> Option<Self>;
    /// The word that stands for it.
    fn word(self) -> &'static str;
    /// What its values are.
    fn kind(self) -> FieldKind;
    /// Whether a thing has at most one value in it, so that hits can be ordered by it.
    fn is_single(self) -> bool;
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// Ids, which are compared as a whole.
    Id,
    /// Whole numbers.
    Number,
    /// Moments, as milliseconds since 1970.
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
        /// Who owns it.
        OwnerIds = "ownerIds" Id false,
        /// Who is a member.
        MemberIds = "memberIds" Id false,
        /// Phone numbers and extensions.
        Addresses = "addresses" Text false,
        /// When it was changed last.
        DateModified = "dateModified" Moment true,
        /// How many members it has.
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
        /// Sign-in name, which is the e-mail address where there is no other.
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
        /// Whom the person reports to.
        Manager = "manager" Id true,
        /// The names of routing skills.
        Skills = "skills" Text false,
        /// The names of languages.
        Languages = "languages" Text false,
        /// What the person says it can do.
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
    /// The plain text that the field is, if it is one. Plain texts without a field are not searched.
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

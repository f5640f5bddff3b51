//! The words that fields of groups, users, rules and searches may be.

use crate::word::words;

words! {
    /// Whose group it is.
    GroupType { Official = "official", Social = "social", }
    /// Whether a group is in use.
    GroupState { Active = "active", Inactive = "inactive", }
    /// Who finds a group.
    Visibility {
        Public = "public",
        Owners = "owners",
        Members = "members",
        /// As `owners` is written in updates.
        OwnerIds = "ownerIds",
    }
    /// What a group's number does.
    GroupContactType { Ring = "GROUPRING", Phone = "GROUPPHONE", }
    /// In which order the members of a group are rung.
    AlertType { Random = "RANDOM", RoundRobin = "ROUND_ROBIN", Sequential = "SEQUENTIAL", }
    /// Whether a user takes part.
    UserState { Active = "active", Inactive = "inactive", Deleted = "deleted", }
    /// A medium of contact.
    MediaType { Phone = "PHONE", Email = "EMAIL", Sms = "SMS", }
    /// What a way to reach a user is for.
    ContactType {
        Primary = "PRIMARY",
        Work = "WORK",
        Work2 = "WORK2",
        Work3 = "WORK3",
        Work4 = "WORK4",
        Home = "HOME",
        Mobile = "MOBILE",
        Main = "MAIN",
        /// None of these.
        Unspecified = "OTHER",
    }
    /// How a node of a rule is joined to those beside it.
    Operation { And = "And", Or = "Or", Not = "Not", }
    /// How a proficiency is compared.
    Comparator {
        EqualTo = "EqualTo",
        NotEqualTo = "NotEqualTo",
        LessThan = "LessThan",
        LessThanOrEqualTo = "LessThanOrEqualTo",
        GreaterThan = "GreaterThan",
        GreaterThanOrEqualTo = "GreaterThanOrEqualTo",
    }
    /// How a criterion compares fields with values.
    CriteriaType {
        Exact = "EXACT",
        StartsWith = "STARTS_WITH",
        Contains = "CONTAINS",
        Regex = "REGEX",
        Term = "TERM",
        Terms = "TERMS",
        RequiredFields = "REQUIRED_FIELDS",
        MatchAll = "MATCH_ALL",
        QueryString = "QUERY_STRING",
        Range = "RANGE",
        DateRange = "DATE_RANGE",
        LessThan = "LESS_THAN",
        LessThanEqualTo = "LESS_THAN_EQUAL_TO",
        GreaterThan = "GREATER_THAN",
        GreaterThanEqualTo = "GREATER_THAN_EQUAL_TO",
    }
    /// How a criterion is joined to those beside it.
    CriteriaOperator { And = "AND", Or = "OR", Not = "NOT", }
    /// In which order hits come.
    SearchOrder {
        Ascending = "ASC",
        Descending = "DESC",
        /// The best match first.
        Score = "SCORE",
        /// The same as `ASC`.
        LongAscending = "ASCENDING",
        /// The same as `DESC`.
        LongDescending = "DESCENDING",
    }
    /// Whether an OAuth client may sign in.
    ClientState {
        Active = "active",
        Inactive = "inactive",
        /// Like `inactive`: documents do not say how they differ.
        Disabled = "disabled",
    }
    /// Whether a skill is in use.
    SkillState { Active = "active", Inactive = "inactive", Deleted = "deleted", }
    /// What has a field config.
    EntityType {
        Person = "person",
        Group = "group",
        Organization = "org",
        ExternalContact = "externalContact",
    }
    /// By what a client signs in.
    GrantType {
        ClientCredentials = "CLIENT-CREDENTIALS",
        /// As documents of 2018 write it.
        ClientCredentialsOf2018 = "CLIENT_CREDENTIALS",
    }
}

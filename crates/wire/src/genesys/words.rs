//! The enumerations of groups, users, rules and searches.

use crate::word::words;

words! {
    /// Whether a group belongs to the organisation or to its users.
    GroupType { Official = "official", Social = "social", }
    /// Whether a group is in use.
    GroupState { Active = "active", Inactive = "inactive", }
    /// Who can see a group.
    Visibility {
        Public = "public",
        Owners = "owners",
        Members = "members",
        /// Another spelling of `owners`, for updates.
        OwnerIds = "ownerIds",
    }
    /// What happens when a group's number is called.
    GroupContactType { Ring = "GROUPRING", Phone = "GROUPPHONE", }
    /// In which order the members of a group are rung.
    AlertType { Random = "RANDOM", RoundRobin = "ROUND_ROBIN", Sequential = "SEQUENTIAL", }
    /// The state of a user.
    UserState { Active = "active", Inactive = "inactive", Deleted = "deleted", }
    /// A medium of contact.
    MediaType { Phone = "PHONE", Email = "EMAIL", Sms = "SMS", }
    /// The kind of a user's contact.
    ContactType {
        Primary = "PRIMARY",
        Work = "WORK",
        Work2 = "WORK2",
        Work3 = "WORK3",
        Work4 = "WORK4",
        Home = "HOME",
        Mobile = "MOBILE",
        Main = "MAIN",
        /// Any other kind.
        Unspecified = "OTHER",
    }
    /// How a node of a rule is combined with the nodes beside it.
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
    /// How a criterion is combined with the criteria beside it.
    CriteriaOperator { And = "AND", Or = "OR", Not = "NOT", }
    /// The order of hits.
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
    /// A field by which hits are sorted. Groups have some of them, users others.
    SortField {
        Id = "id",
        Name = "name",
        Email = "email",
        State = "state",
        Description = "description",
        Type = "type",
        Visibility = "visibility",
        DateModified = "dateModified",
        MemberCount = "memberCount",
        Username = "username",
        Department = "department",
        Title = "title",
        GivenName = "givenName",
        FamilyName = "familyName",
        CostCenter = "costCenter",
        Manager = "manager",
    }
    /// Why a user is a member of a group.
    MembershipKind {
        Individual = "individual",
        Owner = "owner",
        Rule = "rule",
        /// A member of a group beneath it.
        Subgroup = "subgroup",
    }
    /// What a preview of a rule has only on request.
    PreviewExpand { Users = "users", }
    /// Whether an OAuth client may sign in.
    ClientState {
        Active = "active",
        Inactive = "inactive",
        /// As `inactive`. The documents do not say how the two differ.
        Disabled = "disabled",
    }
    /// Whether a skill is in use.
    SkillState { Active = "active", Inactive = "inactive", Deleted = "deleted", }
    /// A kind of entity that has a field config.
    EntityType {
        Person = "person",
        Group = "group",
        Organization = "org",
        ExternalContact = "externalContact",
    }
    /// How a client signs in.
    GrantType {
        ClientCredentials = "CLIENT-CREDENTIALS",
        /// The spelling in documents of 2018.
        ClientCredentialsOf2018 = "CLIENT_CREDENTIALS",
    }
}

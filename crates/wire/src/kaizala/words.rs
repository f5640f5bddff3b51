//! The enumerations of groups and members.

use crate::word::words;

words! {
    /// The type of a group: `ConnectGroup` is a public group with subscribers.
    GroupType { Group = "Group", ConnectGroup = "ConnectGroup", }
    /// The role of a user in a group.
    Role { Admin = "Admin", Member = "Member", Subscriber = "Subscriber", None = "None", }
}

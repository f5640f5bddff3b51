//! The words that fields of groups and members may be.

use crate::word::words;

words! {
    /// What a group is for: its members, or everyone who subscribes.
    GroupType { Group = "Group", ConnectGroup = "ConnectGroup", }
    /// What someone is to a group.
    Role { Admin = "Admin", Member = "Member", Subscriber = "Subscriber", None = "None", }
}

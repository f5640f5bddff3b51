//! Changes of optional values.

/// A change of an optional value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Update<T> {
    /// The value stays unchanged.
    #[default]
    Keep,
    /// The value is removed.
    Clear,
    /// The value is set.
    Set(T),
}

impl<T> Update<T> {
    /// Sets the value, or clears it where there is none.
    pub fn to(value: Option<T>) -> Self {
        value.map_or(Update::Clear, Update::Set)
    }

    /// The new value, if there is one.
    pub fn set(self) -> Option<T> {
        match self {
            Update::Set(value) => Some(value),
            Update::Keep | Update::Clear => None,
        }
    }
}

impl<T: Clone> Update<T> {
    /// Applies the change.
    pub(crate) fn apply(&self, value: &mut Option<T>) {
        match self {
            Update::Keep => {}
            Update::Clear => *value = None,
            Update::Set(new) => *value = Some(new.clone()),
        }
    }
}

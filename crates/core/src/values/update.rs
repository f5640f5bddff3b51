//! What becomes of a value that may be absent.

/// What becomes of a value that may be absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Update<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is absent from now on.
    Clear,
    /// It is this from now on.
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
    /// Carries it out.
    pub(crate) fn apply(&self, value: &mut Option<T>) {
        match self {
            Update::Keep => {}
            Update::Clear => *value = None,
            Update::Set(new) => *value = Some(new.clone()),
        }
    }
}

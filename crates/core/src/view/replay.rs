//! The reply to a repeated operation.

use super::PersonFilter;
use crate::directory::{Outcome, Subject};
use crate::policy::View;
use crate::records::SkillKind;
use crate::values::{Fault, Kind};

impl View<'_> {
    /// The data for the reply to an operation that was done before: its present subject, as far as the caller can still
    /// see it.
    ///
    /// # Errors
    ///
    /// As for a read of the subject: usually [`Fault::NotFound`], if it was deleted.
    pub fn replay(&self, subject: &Subject) -> Result<Outcome, Fault> {
        Ok(match subject {
            Subject::Nothing => Outcome::Nothing,
            Subject::Group(id) => Outcome::Group(self.group(*id)?.clone()),
            Subject::Person(id) => Outcome::Person(self.person(*id, PersonFilter::Living)?.clone()),
            Subject::Client(id) => Outcome::Client(self.client(id)?.clone()),
            Subject::Skill(id) => {
                let skill = SkillKind::ALL.iter().find_map(|kind| self.skill(*kind, *id).ok());
                Outcome::Skill(skill.ok_or_else(|| Fault::not_found(Kind::Skill, id))?.clone())
            }
            Subject::Held(person, id) => {
                self.person(*person, PersonFilter::Living)?;
                self.directory.outcome(subject).ok_or_else(|| Fault::not_found(Kind::Skill, id))?
            }
            Subject::AllHeld(person, _) => {
                self.person(*person, PersonFilter::Living)?;
                self.directory.outcome(subject).ok_or_else(|| Fault::not_found(Kind::Person, person))?
            }
            Subject::Connector(id) => {
                self.connector(id)?;
                self.directory.outcome(subject).ok_or_else(|| Fault::not_found(Kind::Connector, id))?
            }
            Subject::Each(done) => Outcome::Each(done.clone()),
        })
    }
}

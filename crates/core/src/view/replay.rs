//! What an operation that is repeated may still see.

use super::PersonFilter;
use crate::directory::{Outcome, Subject};
use crate::policy::View;
use crate::records::SkillKind;
use crate::values::{Fault, Kind};

impl View<'_> {
    /// What the reply to an operation that was done before is rendered from: its subject as it is now, as far as the
    /// caller still sees it.
    ///
    /// # Errors
    ///
    /// As for whoever asks for the subject: most often [`Fault::NotFound`], when it is gone.
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

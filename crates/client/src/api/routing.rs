//! Skills and languages for routing.

use crate::client::Client;
use crate::error::Error;
use crate::pages;
use convoke_wire::Nothing;
use convoke_wire::genesys::*;
use futures_util::stream::BoxStream;

/// Skills and languages for routing. The proficiency of users is in [`UsersApi`].
///
/// Each method fails as [`Client::call`] does.
///
/// [`UsersApi`]: crate::UsersApi
#[derive(Clone, Debug)]
pub struct RoutingApi {
    client: Client,
}

fn skill(id: &str) -> SkillPath {
    SkillPath { skill_id: id.into() }
}

fn language(id: &str) -> LanguagePath {
    LanguagePath { language_id: id.into() }
}

impl RoutingApi {
    /// Skills and languages by this client.
    pub fn new(client: &Client) -> Self {
        RoutingApi { client: client.clone() }
    }

    /// A page of skills.
    pub async fn get_routing_skills(&self, opts: &RoutingSkillsQuery) -> Result<EntityListing<RoutingSkill>, Error> {
        self.client.call::<GetRoutingSkills>(&Nothing {}, opts, None).await
    }

    /// All skills, starting at the page of `opts`.
    pub fn list_routing_skills(&self, opts: RoutingSkillsQuery) -> BoxStream<'static, Result<RoutingSkill, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetRoutingSkills, _>(&self.client, Nothing {}, page, move |number| RoutingSkillsQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// Creates a skill.
    pub async fn post_routing_skills(&self, body: &CreateRoutingSkill) -> Result<RoutingSkill, Error> {
        self.client.call::<PostRoutingSkills>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// A skill by id.
    pub async fn get_routing_skill(&self, skill_id: &str) -> Result<RoutingSkill, Error> {
        self.client.call::<GetRoutingSkill>(&skill(skill_id), &Nothing {}, None).await
    }

    /// Changes the division of a skill, and in Convoke also its name.
    pub async fn patch_routing_skill(
        &self,
        skill_id: &str,
        body: &UpdateSkillDivisionRequest,
    ) -> Result<RoutingSkill, Error> {
        self.client.call::<PatchRoutingSkill>(&skill(skill_id), &Nothing {}, Some(body)).await
    }

    /// Deletes a skill, and removes it from all users.
    pub async fn delete_routing_skill(&self, skill_id: &str) -> Result<(), Error> {
        self.client.call::<DeleteRoutingSkill>(&skill(skill_id), &Nothing {}, None).await.map(drop)
    }

    /// A page of languages.
    pub async fn get_routing_languages(&self, opts: &LanguagesQuery) -> Result<EntityListing<Language>, Error> {
        self.client.call::<GetRoutingLanguages>(&Nothing {}, opts, None).await
    }

    /// All languages, starting at the page of `opts`.
    pub fn list_routing_languages(&self, opts: LanguagesQuery) -> BoxStream<'static, Result<Language, Error>> {
        let page = (opts.page_number, opts.page_size);
        pages::listing::<GetRoutingLanguages, _>(&self.client, Nothing {}, page, move |number| LanguagesQuery {
            page_number: Some(number),
            ..opts.clone()
        })
    }

    /// Creates a language.
    pub async fn post_routing_languages(&self, body: &LanguageRequest) -> Result<Language, Error> {
        self.client.call::<PostRoutingLanguages>(&Nothing {}, &Nothing {}, Some(body)).await
    }

    /// A language by id.
    pub async fn get_routing_language(&self, language_id: &str) -> Result<Language, Error> {
        self.client.call::<GetRoutingLanguage>(&language(language_id), &Nothing {}, None).await
    }

    /// Deletes a language, and removes it from all users.
    pub async fn delete_routing_language(&self, language_id: &str) -> Result<(), Error> {
        self.client.call::<DeleteRoutingLanguage>(&language(language_id), &Nothing {}, None).await.map(drop)
    }
}

/// Operations that are specific to Convoke.
impl RoutingApi {
    /// Renames a language.
    pub async fn patch_routing_language(&self, language_id: &str, body: &LanguageRequest) -> Result<Language, Error> {
        self.client.call::<PatchRoutingLanguage>(&language(language_id), &Nothing {}, Some(body)).await
    }
}

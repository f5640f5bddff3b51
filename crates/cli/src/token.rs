//! `convoke token`.

use crate::CommandError;
use crate::session::Session;
use clap::Subcommand;
use convoke_wire::Nothing;
use convoke_wire::genesys::{DeleteTokensMe, GetTokensMe, HeadTokensMe};

#[derive(Subcommand)]
pub enum Token {
    /// Show the caller and the organisation
    Show,
    /// Check that the caller can sign in, without output
    Check,
    /// Revoke the token
    Revoke,
}

impl Token {
    pub async fn run(self, session: &Session) -> Result<(), CommandError> {
        match self {
            Token::Show => session.show::<GetTokensMe>(&Nothing {}, &Nothing {}, None).await,
            Token::Check => session.show::<HeadTokensMe>(&Nothing {}, &Nothing {}, None).await,
            Token::Revoke => session.show::<DeleteTokensMe>(&Nothing {}, &Nothing {}, None).await,
        }
    }
}

//! TLS: certificates from files, which can be read again, or made at start.

use crate::config::Tls;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// What takes TLS connections.
pub(crate) struct Acceptor {
    tls: Tls,
    /// What new connections get. Sessions that were begun with another certificate are not resumed with it.
    config: ArcSwap<ServerConfig>,
}

/// What came of reading the files again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reloaded {
    /// New connections get the certificate that is in this file now.
    Certificate(PathBuf),
    /// Certificate and key are in no files.
    Nothing,
}

impl Acceptor {
    pub fn new(tls: Tls) -> Result<Self, String> {
        let identity = match &tls {
            Tls::Files { certificate, key } => from_files(certificate, key)?,
            Tls::SelfSigned => self_signed()?,
        };
        Ok(Acceptor { config: ArcSwap::new(config(identity)?), tls })
    }

    /// Takes a connection with the certificate of this moment.
    pub fn accept(&self, stream: TcpStream) -> tokio_rustls::Accept<TcpStream> {
        TlsAcceptor::from(self.config.load_full()).accept(stream)
    }

    /// Reads the files again. The old certificate stays in use where the new one cannot be used.
    pub fn reload(&self) -> Result<Reloaded, String> {
        let Tls::Files { certificate, key } = &self.tls else { return Ok(Reloaded::Nothing) };
        self.config.store(config(from_files(certificate, key)?)?);
        Ok(Reloaded::Certificate(certificate.clone()))
    }
}

/// TLS 1.2 and 1.3 with a certificate.
fn config((certificates, key): Identity) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key));
    let mut config = config.map_err(|error| error.to_string())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// What a certificate that is made at start is for. SDKs that know a server by the name of an environment call
/// `login.` and `api.` of it.
const NAMES: [&str; 5] = ["localhost", "login.localhost", "api.localhost", "127.0.0.1", "::1"];

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn from_files(certificate: &Path, key: &Path) -> Result<Identity, String> {
    let problem = |path: &Path, error: String| format!("{}: {error}", path.display());
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).map_err(|error| problem(certificate, error.to_string()))?.collect();
    let certificates = certificates.map_err(|error| problem(certificate, error.to_string()))?;
    if certificates.is_empty() {
        return Err(problem(certificate, "there is no certificate in it".into()));
    }
    Ok((certificates, PrivateKeyDer::from_pem_file(key).map_err(|error| problem(key, error.to_string()))?))
}

fn self_signed() -> Result<Identity, String> {
    let names = NAMES.map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| error.to_string())?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    Ok((vec![made.cert.der().clone()], key.into()))
}

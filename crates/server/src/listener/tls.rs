//! TLS: certificates from files, or made at start.

use super::StartError;
use crate::config::Tls;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::Path;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// What takes TLS connections; versions 1.2 and 1.3.
pub(super) fn acceptor(tls: &Tls) -> Result<TlsAcceptor, StartError> {
    let (certificates, key) = match tls {
        Tls::Files { certificate, key } => from_files(certificate, key)?,
        Tls::SelfSigned => self_signed()?,
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key));
    let mut config = config.map_err(|error| StartError::Tls(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What a certificate that is made at start is for. SDKs that know a server by the name of an environment call
/// `login.` and `api.` of it.
const NAMES: [&str; 5] = ["localhost", "login.localhost", "api.localhost", "127.0.0.1", "::1"];

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn from_files(certificate: &Path, key: &Path) -> Result<Identity, StartError> {
    let problem = |path: &Path, error: String| StartError::Tls(format!("{}: {error}", path.display()));
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(certificate).map_err(|error| problem(certificate, error.to_string()))?.collect();
    let certificates = certificates.map_err(|error| problem(certificate, error.to_string()))?;
    if certificates.is_empty() {
        return Err(problem(certificate, "there is no certificate in it".into()));
    }
    Ok((certificates, PrivateKeyDer::from_pem_file(key).map_err(|error| problem(key, error.to_string()))?))
}

fn self_signed() -> Result<Identity, StartError> {
    let names = NAMES.map(str::to_owned);
    let made = rcgen::generate_simple_self_signed(names).map_err(|error| StartError::Tls(error.to_string()))?;
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    Ok((vec![made.cert.der().clone()], key.into()))
}

//! Whom one believes.

use jettison_registry::{
    CertificateProblem, Client, ClientOptions, InsecureHosts, ManifestName, RegistryError,
    TlsOptions,
};
use jettison_testkit::{Certificates, Registry, RegistryOptions, ServerCertificate};

use crate::fixture::{options, repository};

fn with_certificate(certificate: ServerCertificate) -> Registry {
    let certificate = Some(certificate);
    Registry::start(&RegistryOptions { certificate, ..RegistryOptions::default() })
}

/// What comes of asking for an image that is not there.
fn ask(options: ClientOptions, domain: &str) -> RegistryError {
    let repository = repository(&Client::new(options), domain, "a");
    repository.manifest(ManifestName::Tag("x")).expect_err("there is no image")
}

fn is_answered(error: &RegistryError) -> bool {
    matches!(error, RegistryError::UnknownTag { .. } | RegistryError::UnknownRepository { .. })
}

fn certificate_problem(error: RegistryError) -> CertificateProblem {
    match error {
        RegistryError::Certificate { problem, .. } => problem,
        other => panic!("not about the certificate: {other}"),
    }
}

fn trusting(cas: Vec<std::path::PathBuf>) -> ClientOptions {
    let tls = TlsOptions { extra_cas: cas, ..options().0.tls };
    ClientOptions { tls, ..options().0 }
}

#[test]
fn privileged_an_authority_of_ones_own() {
    let registry = with_certificate(ServerCertificate::Valid);
    let domain = registry.domain();
    let error = ask(trusting(vec![registry.certificates().ca()]), &domain);
    assert!(is_answered(&error), "{error}");

    let error = ask(options().0, &domain);
    assert!(error.to_string().contains("--tls-ca"), "{error}");
    assert_eq!(certificate_problem(error), CertificateProblem::UnknownIssuer);

    let insecure = InsecureHosts::new([domain.clone()]);
    let error = ask(ClientOptions { insecure, ..options().0 }, &domain);
    assert!(is_answered(&error), "{error}");
}

#[test]
fn privileged_folders_of_hosts() {
    let certificate = Some(ServerCertificate::Valid);
    let wants_client_certificate = true;
    let registry = Registry::start(&RegistryOptions {
        certificate,
        wants_client_certificate,
        ..RegistryOptions::default()
    });
    let domain = registry.domain();
    let folders = registry.dir().join("certs.d");
    let folder = folders.join(&domain);
    fs_err::create_dir_all(&folder).expect("writable");
    fs_err::copy(registry.certificates().ca(), folder.join("ca.crt")).expect("copied");
    let options = || {
        let tls = TlsOptions { host_folders: vec![folders.clone()], ..options().0.tls };
        ClientOptions { tls, ..options().0 }
    };
    let error = ask(options(), &domain);
    assert_eq!(certificate_problem(error), CertificateProblem::ClientCertificate);

    let (certificate, key) = registry.certificates().client();
    fs_err::copy(certificate, folder.join("client.cert")).expect("copied");
    let error = ask(options(), &domain).to_string();
    assert!(error.contains("client.key"), "the key is missing: {error}");
    fs_err::copy(key, folder.join("client.key")).expect("copied");
    let error = ask(options(), &domain);
    assert!(is_answered(&error), "{error}");
}

#[test]
fn privileged_an_expired_certificate() {
    let registry = with_certificate(ServerCertificate::Expired);
    let error = ask(trusting(vec![registry.certificates().ca()]), &registry.domain());
    assert!(error.to_string().contains("its certificate has expired"), "{error}");
    assert!(matches!(certificate_problem(error), CertificateProblem::Expired { days: Some(_) }));
}

#[test]
fn privileged_a_self_signed_certificate_is_believed_when_it_was_given() {
    let registry = with_certificate(ServerCertificate::SelfSigned);
    let own = registry.certificates().server(ServerCertificate::SelfSigned).0;
    let error = ask(trusting(vec![own.clone()]), &registry.domain());
    assert!(is_answered(&error), "{error}");
    // The same certificate, for a name that is not in it.
    let other = registry.domain().replace("localhost", "127.0.0.2");
    let error = ask(trusting(vec![own]), &other);
    assert!(
        matches!(error, RegistryError::Certificate { .. } | RegistryError::Unreachable { .. }),
        "{error}"
    );
    let error = ask(options().0, &registry.domain());
    assert_eq!(certificate_problem(error), CertificateProblem::UnknownIssuer);
}

#[test]
fn a_host_that_does_not_exist() {
    let error = ask(options().0, "registry.invalid");
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("cannot reach registry.invalid: no such host"), "{error}");
}

#[test]
fn a_file_that_is_no_certificate_is_named() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("ca.crt");
    fs_err::write(&path, "nothing").expect("writable");
    let error = ask(trusting(vec![path]), "registry.invalid").to_string();
    assert!(error.contains("ca.crt: no usable certificate"), "{error}");
    let key = Certificates::write_to(dir.path()).client().1;
    let error = ask(trusting(vec![key]), "registry.invalid").to_string();
    assert!(error.contains("client.key: no usable certificate"), "{error}");
}

//! A SoftHSM2 token for each test.
//!
//! SoftHSM2 reads its configuration from the environment when it is loaded, and a library is loaded
//! once in a process. So each test starts itself again in a child process, which has a token and a
//! configuration of its own.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use data_encoding::HEXLOWER;
use signing::{Algorithm, KeyUri, PublicKey, pkcs11};

use crate::suite::{Bench, openssl};

pub(crate) const TOKEN: &str = "outlets";
pub(crate) const PIN: &str = "482916";
pub(crate) const OTHER_PIN: &str = "615203";

/// Runs `test` with a token of its own; `name` is the full name of the calling test.
pub(crate) fn run(name: &str, test: impl FnOnce(&SoftHsm)) {
    run_with(name, "", test);
}

/// The same with a token that knows one mechanism only.
pub(crate) fn run_with_only(mechanism: &str, name: &str, test: impl FnOnce(&SoftHsm)) {
    run_with(name, &format!("slots.mechanisms = {mechanism}\n"), test);
}

fn run_with(name: &str, settings: &str, test: impl FnOnce(&SoftHsm)) {
    let Some(module) = module() else {
        println!("skipped: SoftHSM2 is not installed (or set {MODULE_VARIABLE} to its module)");
        return;
    };
    if let Some(folder) = env::var_os(FOLDER_VARIABLE) {
        test(&SoftHsm { folder: folder.into(), module });
    } else {
        run_in_child(name, module, settings);
    }
}

/// SoftHSM2 with one initialised token, whose PIN stands in a file.
pub(crate) struct SoftHsm {
    folder: PathBuf,
    module: PathBuf,
}

impl Bench for SoftHsm {
    fn expected(&self) -> (Algorithm, usize) {
        (Algorithm::EcdsaP256Sha256, 64)
    }

    fn folder(&self) -> &Path {
        &self.folder
    }

    fn new_key(&self, name: &str) -> (KeyUri, PublicKey) {
        let uri = self.uri(&format!("object={name}"));
        let KeyUri::Pkcs11(key) = &uri else { panic!("{uri} is in a token") };
        let public_key = pkcs11::generate(key).expect("a new key in an empty token");
        (uri, public_key)
    }
}

/// The same token with keys of RSA, brought in from outside.
pub(crate) struct Rsa<'a>(&'a SoftHsm);

impl Bench for Rsa<'_> {
    fn expected(&self) -> (Algorithm, usize) {
        (Algorithm::RsaPkcs1Sha256, 256)
    }

    fn folder(&self) -> &Path {
        &self.0.folder
    }

    fn new_key(&self, name: &str) -> (KeyUri, PublicKey) {
        let file = openssl::private_key(self.folder(), name, &openssl::RSA);
        self.0.import(name, &file);
        (self.0.uri(&format!("object={name}")), openssl::public_half(&file))
    }
}

pub(crate) fn run_with_rsa(name: &str, test: fn(&Rsa<'_>)) {
    run(name, |hsm| test(&Rsa(hsm)));
}

impl SoftHsm {
    /// The URI of the key with these attributes, in the test's token.
    pub(crate) fn uri(&self, key: &str) -> KeyUri {
        let (module, pin) = (self.module.display(), self.pin_file());
        let uri = format!(
            "pkcs11:token={TOKEN};{key}?module-path={module}&pin-source=file:{}",
            pin.display()
        );
        uri.parse().expect("a temporary path needs no encoding")
    }

    pub(crate) fn pin_file(&self) -> PathBuf {
        self.folder.join("pin")
    }

    pub(crate) fn write_pin(&self, pin: &str) {
        fs::write(self.pin_file(), pin).expect("the test's folder can be written to");
        let private = Permissions::from_mode(0o600);
        fs::set_permissions(self.pin_file(), private).expect("the file is ours");
    }

    pub(crate) fn initialise_token(&self, label: &str) {
        self.softhsm2_util(&["--init-token", "--free", "--so-pin", "73108264", "--label", label]);
    }

    /// Puts a PKCS#8 file into the token, as an administrator would.
    pub(crate) fn import(&self, label: &str, file: &Path) {
        let file = file.display().to_string();
        let id = HEXLOWER.encode(label.as_bytes());
        let arguments = ["--import", &file, "--token", TOKEN, "--label", label, "--id", &id];
        self.softhsm2_util(&arguments);
    }

    /// The same library once more, as another part of this process would use it.
    pub(crate) fn library(&self) -> Pkcs11 {
        Pkcs11::new(&self.module).expect("the module loads")
    }

    pub(crate) fn slot(&self) -> Slot {
        let slots = self.library().get_slots_with_initialized_token().expect("slots are listed");
        slots[0]
    }

    /// A writing session; the process must be logged in already.
    pub(crate) fn session(&self) -> Session {
        self.library().open_rw_session(self.slot()).expect("a session opens")
    }

    pub(crate) fn destroy(&self, label: &str, class: ObjectClass) {
        let session = self.session();
        session.destroy_object(object(&session, label, class)).expect("the object is ours");
    }

    pub(crate) fn rename(&self, label: &str, class: ObjectClass, new: &str) {
        let session = self.session();
        let label = object(&session, label, class);
        let new = [Attribute::Label(new.as_bytes().to_vec())];
        session.update_attributes(label, &new).expect("a label can be changed");
    }

    /// What a restart of a network module does: every session and login is gone.
    pub(crate) fn reset(&self) {
        self.library().finalize().expect("the library was initialised");
        let threaded = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
        self.library().initialize(threaded).expect("the library starts again");
    }

    fn softhsm2_util(&self, arguments: &[&str]) {
        let mut command = Command::new("softhsm2-util");
        command.args(arguments).args(["--pin", PIN]).arg("--module").arg(&self.module);
        command.env("SOFTHSM2_CONF", self.configuration());
        let output = command.output().expect("softhsm2-util comes with SoftHSM2");
        assert!(output.status.success(), "{output:?}");
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("softhsm2.conf")
    }

    fn set_up(&self, settings: &str) {
        let tokens = self.folder.join("tokens");
        fs::create_dir(&tokens).expect("the folder is new");
        let tokens = tokens.display();
        let settings = format!("directories.tokendir = {tokens}\nlog.level = ERROR\n{settings}");
        fs::write(self.configuration(), settings).expect("the folder is ours");
        self.write_pin(PIN);
        self.initialise_token(TOKEN);
    }
}

fn run_in_child(name: &str, module: PathBuf, settings: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let hsm = SoftHsm { folder: folder.path().to_owned(), module };
    hsm.set_up(settings);
    let mut child = Command::new(env::current_exe().expect("a test knows its program"));
    child.args(["--exact", name, "--nocapture", "--test-threads=1"]);
    child.env("SOFTHSM2_CONF", hsm.configuration()).env(FOLDER_VARIABLE, folder.path());
    let output = child.output().expect("the test's own program starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{said}\n{complained}", output.status);
    // A name that matches no test would succeed without having tested anything.
    assert!(said.contains("1 passed"), "{name} was not run: {said}");
}

fn object(session: &Session, label: &str, class: ObjectClass) -> ObjectHandle {
    let label = Attribute::Label(label.as_bytes().to_vec());
    let found = session.find_objects(&[label, Attribute::Class(class)]).expect("a search works");
    assert_eq!(found.len(), 1);
    found[0]
}

fn module() -> Option<PathBuf> {
    let named = env::var_os(MODULE_VARIABLE).map(PathBuf::from);
    if let Some(path) = &named {
        assert!(path.exists(), "{MODULE_VARIABLE} names no file: {}", path.display());
    }
    let usual = USUAL_MODULES.iter().map(PathBuf::from).find(|path| path.exists());
    named.or(usual)
}

const MODULE_VARIABLE: &str = "STALELA_SOFTHSM_MODULE";
/// Set in the child process: the folder of its token.
const FOLDER_VARIABLE: &str = "SIGNING_TEST_SOFTHSM";
/// Where Debian and Fedora put it.
const USUAL_MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
];

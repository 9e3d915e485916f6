//! The faked disk as SQLite sees it: a VFS, registered as the process's default.
//!
//! This is the one module of the workspace besides the drivers of hardware keys that is not safe
//! Rust: SQLite calls C functions with pointers. Each function here turns them into a call of
//! [`Opened`] and does nothing else. The libraries for it were looked at: the one that is maintained
//! wants libclang to build, and drops the flag by which a removal is told to be durable.

#![expect(unsafe_code, reason = "SQLite calls a VFS through C function pointers")]

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr::{null, null_mut};
use std::sync::{Arc, Mutex, MutexGuard, Once, OnceLock, PoisonError};

use rusqlite::ffi;

use crate::dice::Dice;
use crate::disk::{Disk, Failed, Level, Process, Snapshot};
use crate::opened::{self, Opened};
use crate::trace::Trace;

/// From now on the files of this folder are those of the disk, opened by this process.
pub(crate) fn mount(folder: &Path, disk: &Arc<Disk>, process: Process) {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(register);
    disk.begin(process);
    mounts().insert(folder.display().to_string(), (Arc::clone(disk), process));
}

pub(crate) fn unmount(folder: &Path) {
    mounts().remove(&folder.display().to_string());
}

type Mounts = BTreeMap<String, (Arc<Disk>, Process)>;

fn mounts() -> MutexGuard<'static, Mounts> {
    static MOUNTS: Mutex<Mounts> = Mutex::new(BTreeMap::new());
    MOUNTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The disk of a path, who opens it, and the file's name there.
fn place(path: &str) -> Result<(Arc<Disk>, Process, String), Failed> {
    let (folder, name) = path.rsplit_once('/').ok_or(Failed::NoSuchFile)?;
    let mounts = mounts();
    let (disk, process) = mounts.get(folder).ok_or(Failed::NoSuchFile)?;
    Ok((Arc::clone(disk), *process, name.to_owned()))
}

fn register() {
    let vfs = Box::new(ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: c_int::try_from(size_of::<SimFile>()).expect("two pointers"),
        mxPathname: PATH_MAX,
        pNext: null_mut(),
        zName: c"simulated".as_ptr(),
        pAppData: null_mut(),
        xOpen: Some(x_open),
        xDelete: Some(x_delete),
        xAccess: Some(x_access),
        xFullPathname: Some(x_full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(x_randomness),
        xSleep: Some(x_sleep),
        xCurrentTime: None,
        xGetLastError: None,
        xCurrentTimeInt64: Some(x_current_time),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    });
    // SAFETY: SQLite keeps the pointer for the life of the process, and the box is leaked to it.
    let done = unsafe { ffi::sqlite3_vfs_register(Box::into_raw(vfs), 1) };
    assert_eq!(done, ffi::SQLITE_OK, "SQLite takes a VFS");
}

const PATH_MAX: c_int = 512;

/// What SQLite keeps of an open file: its own head first, then ours.
#[repr(C)]
struct SimFile {
    head: ffi::sqlite3_file,
    opened: *mut Opened,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(x_close),
    xRead: Some(x_read),
    xWrite: Some(x_write),
    xTruncate: Some(x_truncate),
    xSync: Some(x_sync),
    xFileSize: Some(x_file_size),
    xLock: Some(x_lock),
    xUnlock: Some(x_unlock),
    xCheckReservedLock: Some(x_check_reserved_lock),
    xFileControl: Some(x_file_control),
    xSectorSize: Some(x_sector_size),
    xDeviceCharacteristics: Some(x_device_characteristics),
    xShmMap: Some(x_shm_map),
    xShmLock: Some(x_shm_lock),
    xShmBarrier: Some(x_shm_barrier),
    xShmUnmap: Some(x_shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The code by which SQLite knows a failure, where `io` is the one of the call.
fn code(result: Result<(), Failed>, io: c_int) -> c_int {
    match result {
        Ok(()) => ffi::SQLITE_OK,
        Err(Failed::Io) => io,
        Err(Failed::Full) => ffi::SQLITE_FULL,
        Err(Failed::Busy) => ffi::SQLITE_BUSY,
        Err(Failed::NoSuchFile) => ffi::SQLITE_CANTOPEN,
    }
}

/// A path as text; none where SQLite wants a temporary file.
///
/// SAFETY: the pointer is null, or a C string that lives as long as the call.
unsafe fn text<'a>(path: *const c_char) -> Option<&'a str> {
    if path.is_null() {
        return None;
    }
    // SAFETY: as above.
    unsafe { CStr::from_ptr(path) }.to_str().ok()
}

/// SAFETY: the pointer is one that `x_open` filled and `x_close` has not emptied.
unsafe fn opened<'a>(file: *mut ffi::sqlite3_file) -> &'a Opened {
    // SAFETY: SQLite calls a file's methods between its open and its close only, and `x_open` put a
    // box there.
    unsafe { &*(*file.cast::<SimFile>()).opened }
}

unsafe extern "C" fn x_open(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives a file of `szOsFile` bytes to fill, and a path as `text` wants it.
    unsafe {
        (*file).pMethods = null();
        let create = flags & ffi::SQLITE_OPEN_CREATE != 0;
        let opened = match text(path) {
            Some(path) => place(path)
                .and_then(|(disk, process, name)| Opened::open(disk, process, Some(&name), create)),
            None => Opened::open(Arc::clone(scratch()), SCRATCHES, None, true),
        };
        match opened {
            Err(failed) => code(Err(failed), ffi::SQLITE_CANTOPEN),
            Ok(opened) => {
                (*file.cast::<SimFile>()).opened = Box::into_raw(Box::new(opened));
                (*file).pMethods = &raw const METHODS;
                if !out_flags.is_null() {
                    *out_flags = flags;
                }
                ffi::SQLITE_OK
            }
        }
    }
}

/// A disk of no schedule, for temporary files that SQLite keeps for itself: on one of theirs a query
/// failed whenever the process of that one was down.
fn scratch() -> &'static Arc<Disk> {
    static SCRATCH: OnceLock<Arc<Disk>> = OnceLock::new();
    SCRATCH.get_or_init(|| {
        let disk = Disk::new(&Snapshot::default(), Dice::new(0), Arc::new(Trace::new(false)));
        disk.begin(SCRATCHES);
        Arc::new(disk)
    })
}

/// Who has all of them open.
const SCRATCHES: Process = Process(0);

/// What the product does with the system's files, here with those of the disk.
pub(crate) fn rewrite(path: &Path) -> std::io::Result<()> {
    let failed = |failed| std::io::Error::other(format!("{failed:?}"));
    let (disk, process, name) = place(path.to_str().unwrap_or_default()).map_err(failed)?;
    let file = match Opened::open(disk, process, Some(&name), false) {
        Err(Failed::NoSuchFile) => return Ok(()),
        opened => opened.map_err(failed)?,
    };
    let done = file.rewrite().map_err(failed);
    file.close();
    done
}

unsafe extern "C" fn x_delete(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: a path as `text` wants it.
    let path = unsafe { text(path) }.unwrap_or_default();
    let deleted = place(path)
        .and_then(|(disk, process, name)| opened::delete(&disk, process, &name, sync_folder != 0));
    match deleted {
        Err(Failed::NoSuchFile) => ffi::SQLITE_IOERR_DELETE_NOENT,
        other => code(other, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn x_access(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    _: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: a path as `text` wants it, and a place for the answer.
    unsafe {
        let path = text(path).unwrap_or_default();
        let exists =
            place(path).and_then(|(disk, process, name)| opened::exists(&disk, process, &name));
        *out = c_int::from(matches!(exists, Ok(true)));
        match exists {
            Err(Failed::Io) => ffi::SQLITE_IOERR_ACCESS,
            _ => ffi::SQLITE_OK,
        }
    }
}

unsafe extern "C" fn x_full_pathname(
    _: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: a C string, and room for `length` bytes.
    unsafe {
        let bytes = CStr::from_ptr(path).to_bytes_with_nul();
        if bytes.len() > usize::try_from(length).unwrap_or(0) {
            return ffi::SQLITE_CANTOPEN;
        }
        std::ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len());
    }
    ffi::SQLITE_OK
}

/// The same bytes always: SQLite salts its log with them, and nothing else.
unsafe extern "C" fn x_randomness(
    _: *mut ffi::sqlite3_vfs,
    length: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: room for `length` bytes.
    unsafe { std::ptr::write_bytes(out, 7, usize::try_from(length).unwrap_or(0)) };
    length
}

/// Nobody sleeps: whoever holds a lock here holds it until the schedule moves on.
unsafe extern "C" fn x_sleep(_: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    micros
}

/// The Julian day in milliseconds, and always the same one: no statement of ours asks for it.
unsafe extern "C" fn x_current_time(
    _: *mut ffi::sqlite3_vfs,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: a place for the answer.
    unsafe { *out = 212_000_000_000_000 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: the box that `x_open` made, which nobody uses after this.
    unsafe {
        (*file).pMethods = null();
        Box::from_raw((*file.cast::<SimFile>()).opened).close();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn x_read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and room for `length` bytes.
    let (opened, into) = unsafe {
        let length = usize::try_from(length).unwrap_or(0);
        (opened(file), std::slice::from_raw_parts_mut(into.cast::<u8>(), length))
    };
    match opened.read(size(at), into) {
        Ok(read) if read == into.len() => ffi::SQLITE_OK,
        Ok(read) => {
            into[read..].fill(0);
            ffi::SQLITE_IOERR_SHORT_READ
        }
        Err(failed) => code(Err(failed), ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn x_write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and `length` bytes to read.
    let (opened, bytes) = unsafe {
        let length = usize::try_from(length).unwrap_or(0);
        (opened(file), std::slice::from_raw_parts(from.cast::<u8>(), length))
    };
    code(opened.write(size(at), bytes), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn x_truncate(file: *mut ffi::sqlite3_file, length: ffi::sqlite3_int64) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    code(opened.set_length(size(length)), ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn x_sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    code(opened.sync(), ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn x_file_size(
    file: *mut ffi::sqlite3_file,
    out: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: an open file, and a place for the answer.
    unsafe {
        let length = opened(file).length();
        *out = length.map_or(0, |length| ffi::sqlite3_int64::try_from(length).unwrap_or(0));
        code(length.map(drop), ffi::SQLITE_IOERR_FSTAT)
    }
}

unsafe extern "C" fn x_lock(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    code(opened.lock(level(to)), ffi::SQLITE_IOERR_LOCK)
}

unsafe extern "C" fn x_unlock(file: *mut ffi::sqlite3_file, to: c_int) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    code(opened.unlock(level(to)), ffi::SQLITE_IOERR_UNLOCK)
}

unsafe extern "C" fn x_check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: an open file, and a place for the answer.
    unsafe {
        let is_reserved = opened(file).is_reserved();
        *out = c_int::from(matches!(is_reserved, Ok(true)));
        code(is_reserved.map(drop), ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)
    }
}

unsafe extern "C" fn x_file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

/// As SQLite's own VFS for Unix says.
unsafe extern "C" fn x_sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4_096
}

/// As SQLite's own VFS for Unix says: a write changes no byte beside its own.
unsafe extern "C" fn x_device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn x_shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    length: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    let (index, bytes) = (usize::try_from(region), usize::try_from(length));
    // SAFETY: an open file, and a place for the answer. The region stays until its last user is gone.
    unsafe {
        let region = opened(file).region(index.unwrap_or(0), bytes.unwrap_or(0), extend != 0);
        *out = region.unwrap_or_default().map_or(null_mut(), <*mut u8>::cast);
        code(region.map(drop), ffi::SQLITE_IOERR_SHMMAP)
    }
}

unsafe extern "C" fn x_shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: an open file.
    let opened = unsafe { opened(file) };
    let slots = usize::try_from(first).unwrap_or(0)..usize::try_from(first + count).unwrap_or(0);
    let done = if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        opened.unlock_memory(slots)
    } else {
        opened.lock_memory(slots, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0)
    };
    code(done, ffi::SQLITE_IOERR_SHMLOCK)
}

unsafe extern "C" fn x_shm_barrier(_: *mut ffi::sqlite3_file) {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

unsafe extern "C" fn x_shm_unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: an open file.
    unsafe { opened(file) }.leave_memory();
    ffi::SQLITE_OK
}

fn size(offset: ffi::sqlite3_int64) -> usize {
    usize::try_from(offset).unwrap_or(0)
}

fn level(level: c_int) -> Level {
    match level {
        ffi::SQLITE_LOCK_NONE => Level::Unlocked,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_file_does_not_hang_on_whose_process_is_down() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| {
            let folder = folder.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            let disk = Disk::new(&Snapshot::default(), Dice::new(1), Arc::new(Trace::new(false)));
            let disk = Arc::new(disk);
            mount(&folder, &disk, Process(1));
            (folder, disk)
        };
        // The first of all by its name.
        let ((other, down), (ours, _disk)) = (of("a"), of("b"));
        down.end(Process(1));
        let connection = rusqlite::Connection::open(ours.join("file.db")).unwrap();
        let filled = "PRAGMA temp_store = FILE; PRAGMA temp.cache_size = 1;
            CREATE TEMP TABLE many AS WITH RECURSIVE n (i) AS
                (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
            SELECT i, hex(zeroblob(200)) FROM n";
        connection.execute_batch(filled).unwrap();
        drop(connection);
        unmount(&other);
        unmount(&ours);
    }
}

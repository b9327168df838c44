//! What is read of an instance before it is sent: what it is, whether it is all there, and its beginning.

use std::sync::Arc;

use radiogram_core::{ProblemKind, ReadAt};
use radiogram_data::meta::Meta;
use radiogram_data::whole;
use radiogram_io::OpenFile;
use radiogram_net::Uid;

use super::{Instance, NotSent};
use crate::body::{Body, FileBody};
use crate::receive::is_name;
use crate::sink::identity::{Said, identify};

/// Bytes of a file that are read at first: its meta information, and as much of its data set as is sent at once.
const FIRST: usize = 1 << 20;

/// An instance that is ready to be sent.
pub(super) struct Loaded {
    pub(super) class: Uid,
    pub(super) instance: Uid,
    pub(super) syntax: Uid,
    pub(super) body: Body,
}

impl Loaded {
    /// Bytes of its data set.
    pub(super) fn bytes(&self) -> usize {
        self.body.len().and_then(|bytes| usize::try_from(bytes).ok()).unwrap_or(usize::MAX)
    }
}

/// Reads what is sent at first.
pub(super) fn load(instance: Instance) -> Result<Loaded, NotSent> {
    match instance {
        Instance::File(path) => {
            let file = OpenFile::open(&path).map_err(NotSent::Unreadable)?;
            let mut first = Vec::new();
            file.append_at(0, FIRST, &mut first).map_err(NotSent::Unreadable)?;
            let is_all = file.size() <= first.len() as u64;
            let (class, instance, syntax, begin) = look(&first, is_all)?;
            whole_or_not(&first, Some(&file), begin, &syntax)?;
            if is_all {
                return Ok(Loaded {
                    class,
                    instance,
                    syntax,
                    body: Body::bytes(Behind { bytes: first, begin }),
                });
            }
            if (first.len() - begin) % 2 == 1 {
                // Fragments but the last are of even length (PS3.8 E.1).
                first.pop();
            }
            let body = Body::File(FileBody { file: Arc::new(file), offset: 0, first, skip: begin });
            Ok(Loaded { class, instance, syntax, body })
        }
        Instance::Bytes(bytes) => {
            let (class, instance, syntax, begin) = look((*bytes).as_ref(), true)?;
            whole_or_not((*bytes).as_ref(), None, begin, &syntax)?;
            let bytes = Shared(bytes);
            Ok(Loaded { class, instance, syntax, body: Body::bytes(Behind { bytes, begin }) })
        }
    }
}

/// An error where the data set ends before its end.
fn whole_or_not(first: &[u8], file: Option<&dyn ReadAt>, begin: usize, syntax: &Uid) -> Result<(), NotSent> {
    match whole::missing(first, file, begin, syntax.as_str()).map_err(NotSent::Unreadable)? {
        None => Ok(()),
        Some(ProblemKind::BadDeflate) => {
            Err(NotSent::Cut("its deflated data set is damaged, or was cut off"))
        }
        Some(_) => Err(NotSent::Cut("its end is missing: the file was cut off")),
    }
}

/// The data set of a file in memory.
struct Behind<B> {
    bytes: B,
    begin: usize,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for Behind<B> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref().get(self.begin..).unwrap_or_default()
    }
}

/// Bytes that others hold as well.
struct Shared(Arc<dyn AsRef<[u8]> + Send + Sync>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        (*self.0).as_ref()
    }
}

/// What a file is, and where its data set begins. Its meta information must name the instance of the data set: a peer would find it by one of
/// them, and not by the other.
fn look(file: &[u8], is_all: bool) -> Result<(Uid, Uid, Uid, usize), NotSent> {
    let (meta, begin) = Meta::find(file).ok_or(NotSent::Unfit("no DICOM file: no file meta information"))?;
    let data = file.get(begin..).unwrap_or_default();
    let said = identify(data, &meta.transfer_syntax, is_all);
    let (class, instance) = match said {
        Said::Nonsense => {
            return Err(NotSent::Unfit("no data set of the transfer syntax that the file names"));
        }
        Said::Instance(class, instance) => (class.unwrap_or_default(), instance.unwrap_or_default()),
        // It cannot be known without reading more than the beginning: the meta information is believed.
        Said::Unknown | Said::Incomplete => (meta.sop_class.clone(), meta.sop_instance.clone()),
    };
    let differs = |said: &str, meta: &str| !meta.is_empty() && said != meta;
    if differs(&class, &meta.sop_class) || differs(&instance, &meta.sop_instance) {
        return Err(NotSent::Unfit("the file meta information names another instance than the data set"));
    }
    let (class, instance) = (Uid::new(&class), Uid::new(&instance));
    if !is_name(&class) || !is_name(&instance) {
        return Err(NotSent::Unfit("no SOP Class or Instance UID that can be one"));
    }
    Ok((class, instance, Uid::new(&meta.transfer_syntax), begin))
}

//! What is wrong with a data set that was read all the same.

use std::borrow::Cow;

use crate::Path;

/// A departure from the standard that was read past: what, where, and what was assumed instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which rule was broken.
    pub kind: ProblemKind,
    /// The element, from the root.
    pub path: Path,
    /// The byte in the source (of the inflated data, where the data set is deflated).
    pub offset: u64,
    /// What was assumed, in words; never a value of the data set.
    pub assumed: Cow<'static, str>,
}

macro_rules! problem_kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+) => {
        /// The rules that real files break. The text form is what Python sees.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum ProblemKind { $($(#[doc = $doc])+ $name,)+ }

        impl ProblemKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in Python.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

problem_kinds! {
    /// No 128 bytes and `DICM` in front (PS3.10 7.1).
    NoPreamble = "no_preamble",
    /// No file meta information (PS3.10 7.1).
    NoFileMeta = "no_file_meta",
    /// File meta group length that is not the length of the group (PS3.10 7.1).
    MetaLength = "meta_length",
    /// File meta information that is not explicit VR little endian (PS3.10 7.1).
    MetaSyntax = "meta_syntax",
    /// No Transfer Syntax UID.
    NoTransferSyntax = "no_transfer_syntax",
    /// A Transfer Syntax UID that the standard does not know.
    UnknownTransferSyntax = "unknown_transfer_syntax",
    /// The data set is not in the syntax that the file meta information names.
    WrongTransferSyntax = "wrong_transfer_syntax",
    /// An element with explicit VR in an implicit data set.
    ExplicitInImplicit = "explicit_in_implicit",
    /// An element without VR in an explicit data set.
    ImplicitInExplicit = "implicit_in_explicit",
    /// A VR that is not the dictionary's.
    VrMismatch = "vr_mismatch",
    /// Two letters that are no VR (PS3.5 6.2.2, note).
    UnknownVr = "unknown_vr",
    /// A length that is odd (PS3.5 7.1).
    OddLength = "odd_length",
    /// The same tag twice in one data set; the last one counts.
    DuplicateTag = "duplicate_tag",
    /// Tags that do not ascend (PS3.5 7.1).
    UnsortedTags = "unsorted_tags",
    /// A scan ended before it had looked for everything it was asked for behind larger tags.
    UnseenRest = "unseen_rest",
    /// The file ends before the data does.
    Truncated = "truncated",
    /// An item or sequence of undefined length without its delimiter (PS3.5 7.5).
    MissingDelimiter = "missing_delimiter",
    /// A delimiter where there is nothing to close.
    StrayDelimiter = "stray_delimiter",
    /// A sequence or item whose length does not fit what is in it.
    SequenceLength = "sequence_length",
    /// Something that is no item inside a sequence.
    NotAnItem = "not_an_item",
    /// Undefined length for a VR that cannot have one (PS3.5 7.1.2).
    UndefinedLength = "undefined_length",
    /// Bytes after the data set that are no elements.
    TrailingData = "trailing_data",
    /// An element of a group that has no place in a data set (group 0000, 0002 or FFFE, PS3.5 7.1).
    MisplacedGroup = "misplaced_group",
    /// A deflated data set that breaks off or is damaged (PS3.5 A.5).
    BadDeflate = "bad_deflate",
    /// A text value longer than its VR allows (PS3.5 table 6.2-1).
    OverlongValue = "overlong_value",
    /// A value length that is no multiple of its VR's size.
    PartialValue = "partial_value",
    /// A DS value that is no decimal number.
    BadDecimal = "bad_decimal",
    /// An IS value that is no integer, or past 32 bits.
    BadInteger = "bad_integer",
    /// A DA, TM or DT value that is no date or time.
    BadDateTime = "bad_date_time",
    /// A UI value that is no UID (PS3.5 9.1).
    BadUid = "bad_uid",
    /// A value padded or separated by characters that have no place there (NUL, CR, LF, tab).
    BadPadding = "bad_padding",
    /// Bytes outside the character set's repertoire.
    OutsideRepertoire = "outside_repertoire",
    /// A Specific Character Set that the standard does not know (PS3.3 C.12.1.1.2).
    UnknownCharset = "unknown_charset",
    /// A value that is elsewhere, by a URI that nobody followed (PS3.18 F.2.6, PS3.19 A.1.5).
    ValueElsewhere = "value_elsewhere",
    /// An attribute of the image that is missing, doubled or contradicts others (PS3.3 C.7.6.3).
    PixelAttributes = "pixel_attributes",
    /// Pixel data shorter than rows, columns, samples and frames ask for.
    ShortPixelData = "short_pixel_data",
    /// Pixel data longer than they ask for.
    LongPixelData = "long_pixel_data",
    /// An offset table of compressed pixel data that does not name its frames (PS3.5 A.4, PS3.3 C.7.6.3.1.8).
    OffsetTable = "offset_table",
    /// A codestream that breaks its rules, or is of another kind than the transfer syntax says (PS3.5 8.2).
    Codestream = "codestream",
    /// A concatenation of which no part says how many there are, so that some may be missing behind the last one (PS3.3 C.7.6.16.2.2.4).
    OpenConcatenation = "open_concatenation",
}

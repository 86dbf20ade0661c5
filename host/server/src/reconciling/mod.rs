//! Banks' reports held against our movements: the file is kept until somebody says by which columns it is read, then compared, and what
//! its lines say is learned on the road. Knows nothing of HTTP; what a line may say about money is the domain's.

pub(crate) mod comparing;
pub(crate) mod learning;
pub(crate) mod reading;
pub(crate) mod telling;
pub mod uploads;
pub(crate) mod work;

use kamurj_domain::MovementKind;
use kamurj_reports::Kind;

/// The kind of a bank's line that a movement is.
pub(crate) fn kind_of(kind: MovementKind) -> Kind {
    match kind {
        MovementKind::Capture | MovementKind::Surplus => Kind::Payment,
        MovementKind::Refund => Kind::Refund,
        MovementKind::Reversal => Kind::Reversal,
        MovementKind::Chargeback => Kind::Chargeback,
    }
}

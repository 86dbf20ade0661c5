//! Redis for tests. The stories that need it start a server of their own each, which they kill; here it is only found.

use std::path::PathBuf;

use crate::tools;

/// Its program; installed where there is none.
pub(crate) fn find() -> Result<PathBuf, String> {
    let show = |path: &PathBuf| path.display().to_string();
    tools::find_or_install("Redis", &["redis-server"], || tools::find(&["redis-server"]), show)
}

//! The options behind a command's name. Whatever nobody asked for is an error, so that a mistyped option is never
//! silently ignored.

/// Words that have not been read yet.
pub(crate) struct Options {
    words: Vec<String>,
}

impl Options {
    pub(crate) fn new(words: Vec<String>) -> Self {
        Self { words }
    }

    /// Whether an option without a value is there.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// The value of `--name VALUE` or `--name=VALUE`.
    pub(crate) fn value(&mut self, name: &str) -> Result<Option<String>, String> {
        if let Some(at) = self.words.iter().position(|word| word == name) {
            self.words.remove(at);
            if at >= self.words.len() || self.words[at].starts_with("--") {
                return Err(format!("`{name}` needs a value; see `cargo xtask --help`."));
            }
            return Ok(Some(self.words.remove(at)));
        }
        let glued = |word: &String| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
        Ok(self.words.iter().position(glued).map(|at| self.words.remove(at)[name.len() + 1..].to_owned()))
    }

    /// The first word that is no option: what the command is about.
    pub(crate) fn word(&mut self, what: &str) -> Result<String, String> {
        let at = self.words.iter().position(|word| !word.starts_with("--"));
        at.map(|at| self.words.remove(at)).ok_or_else(|| format!("name {what}; see `cargo xtask --help`."))
    }

    /// As `value`, read as a number.
    pub(crate) fn number<N: std::str::FromStr>(&mut self, name: &str) -> Result<Option<N>, String> {
        let Some(text) = self.value(name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("`{name}`: `{text}` is not a number it can take."))
    }

    /// Ends the reading.
    pub(crate) fn end(&self) -> Result<(), String> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => Err(format!("`{word}` is not known here; see `cargo xtask --help`.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Options;

    fn options(text: &str) -> Options {
        Options::new(text.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn flags_and_values_are_read_in_any_order() {
        let mut read = options("--port 9000 --once --bank=silent");
        assert!(read.flag("--once"));
        assert!(!read.flag("--quick"));
        assert_eq!(read.number::<u16>("--port"), Ok(Some(9000)));
        assert_eq!(read.value("--bank"), Ok(Some("silent".to_owned())));
        assert_eq!(read.end(), Ok(()));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert!(options("--port").number::<u16>("--port").unwrap_err().contains("--port"));
        assert!(options("--port --once").value("--port").is_err());
        assert!(options("--port 99999").number::<u16>("--port").unwrap_err().contains("99999"));
        assert_eq!(options("pictures").word("the folder"), Ok("pictures".to_owned()));
        assert!(options("--quick").word("the folder").unwrap_err().contains("the folder"));
        assert!(options("--onec").end().unwrap_err().contains("--onec"));
    }
}

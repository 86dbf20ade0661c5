//! Form bodies with bracketed names, as PHP reads them and CRMs send them: `leads[status][0][id]=12`. It must not know what any name
//! means.

/// The pairs of a form body in their order, decoded. Bytes that are no UTF-8 become replacement characters.
pub fn pairs(body: &[u8]) -> Vec<(String, String)> {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let at = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = at.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            (decoded(name), decoded(value))
        })
        .collect()
}

fn decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => match after.split_at_checked(2).and_then(|(pair, left)| Some((hex(pair)?, left))) {
                Some((byte, left)) => {
                    bytes.push(byte);
                    rest = left;
                }
                None => bytes.push(b'%'),
            },
            byte => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn names_and_values_are_decoded_and_keep_their_order() {
        let read = pairs("leads%5Bstatus%5D%5B0%5D%5Bid%5D=12&a=%D5%80+b%&c&&=d".as_bytes());
        let expected = [("leads[status][0][id]", "12"), ("a", "Հ b%"), ("c", ""), ("", "d")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(read, expected);
    }
}

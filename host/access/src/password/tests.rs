//! Passwords that are taken and refused, and what is kept of them.

use super::*;

const SALT: [u8; SALT_BYTES] = *b"sixteen of chanc";

fn of_anna(password: &str) -> Result<(), Unfit> {
    judge(password, "anna.petrosyan@example.am", "Աննա Ter-Petrosyan")
}

#[test]
fn length_is_counted_in_characters_with_their_spaces() {
    for (password, judged) in [
        ("", Err(Unfit::Short)),
        ("bridge over", Err(Unfit::Short)),
        ("bridge over ", Ok(())),
        (" bridge over", Ok(())),
        ("քարե կամուրջ", Ok(())),
        ("քարե կամուր", Err(Unfit::Short)),
    ] {
        assert_eq!(of_anna(password), judged, "{password:?}");
    }
    let long = |length: usize| "bridge".chars().cycle().take(length).collect::<String>();
    assert_eq!((of_anna(&long(128)), of_anna(&long(129))), (Ok(()), Err(Unfit::Long)));
}

#[test]
fn what_is_guessed_first_is_refused_in_any_case_and_punctuation() {
    for password in
        ["password1234", "PassWord1234", "pass-word-1234", " password1234 ", "1qaz2wsx3edc", "Qwertyuiop123"]
    {
        assert_eq!(of_anna(password), Err(Unfit::WellKnown), "{password:?}");
    }
    for password in ["aaaaaaaaaaaaa", "121212121212121", "abcdabcdabcdabcd"] {
        assert_eq!(of_anna(password), Err(Unfit::Uniform), "{password:?}");
    }
    assert_eq!(of_anna("password1234 of a bridge"), Ok(()));
}

#[test]
fn name_address_and_product_are_refused_inside_too() {
    for password in [
        "anna.petrosyan@example.am",
        "Anna loves rivers",
        "i-am-PETROSYAN-7",
        "ԱՆՆԱ սիրում է գետեր",
        "p.e.t.r.o.s.y.a.n",
        "Kamurj bridges 1",
        "my kam urj phrase",
    ] {
        assert_eq!(of_anna(password), Err(Unfit::Own), "{password:?}");
    }
    // "Ter" is too short to be kept out by itself.
    assert_eq!(of_anna("water under stone"), Ok(()));
    assert_eq!(judge("water under stone", "", ""), Ok(()));
    assert_eq!(judge("iamanibo-12345", "a@b.am", "Ani Bo"), Err(Unfit::Own));
}

#[test]
fn the_list_is_of_two_hundred_long_enough_in_order() {
    let known: Vec<&str> = WELL_KNOWN.lines().collect();
    assert!(known.len() >= 200, "{}", known.len());
    assert!(known.is_sorted_by(|one, next| one < next), "sort it; none stands there twice");
    for line in known {
        assert!(line.chars().count() >= SHORTEST, "{line}");
        assert_eq!(line, line.trim().to_lowercase());
        assert_ne!(of_anna(line), Ok(()), "{line}");
    }
}

#[test]
fn a_refusal_says_what_to_do_and_nothing_of_the_password() {
    assert_eq!(of_anna("password1234").unwrap_err().to_string().split(' ').next(), Some("is"));
    assert_eq!(Unfit::Own.to_string(), "must not have your name, your e-mail address or `kamurj` in it");
}

#[test]
fn a_password_is_known_again_and_no_other() {
    let kept = hash(" bridge over water ", &SALT);
    assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
    assert!(verify(" bridge over water ", &kept));
    for other in ["bridge over water", " bridge over water", " Bridge over water ", ""] {
        assert!(!verify(other, &kept), "{other:?}");
    }
    assert_ne!(hash(" bridge over water ", &[1; SALT_BYTES]), kept);
}

#[test]
fn a_hash_made_elsewhere_is_read_with_its_own_parameters() {
    // From the tests of the reference implementation (P-H-C/phc-winner-argon2, test.c): m = 256 KiB, t = 2, p = 1.
    let kept = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    assert!(verify("password", kept));
    assert!(!verify("differentpassword", kept));
}

#[test]
fn nobody_has_no_password_and_neither_has_what_cannot_be_read() {
    assert!(!verify_nobody("bridge over water"));
    for kept in ["", "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$c2l4dGVlbg", "plain"] {
        assert!(!verify("plain", kept), "{kept:?}");
    }
}

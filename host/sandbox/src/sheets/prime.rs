//! Large primes and the few sums that an RSA key needs, so that keys for rehearsals can be made without a file of secrets anywhere. It is
//! slow, it takes no care of who watches its time, and it must guard nothing but a double.

/// A number as limbs, the lowest first.
pub(super) type Number = Vec<u64>;

/// The public exponent that everybody uses.
pub(super) const EXPONENT: u64 = 65_537;

/// A prime of `limbs` times 64 bits whose two highest bits are set, and for which the public exponent has an inverse.
pub(super) fn prime(limbs: usize, draw: &mut impl FnMut() -> u64) -> Number {
    loop {
        let mut number: Number = (0..limbs).map(|_| draw()).collect();
        number[0] |= 1;
        number[limbs - 1] |= 3 << 62;
        if remainder(&number, EXPONENT) != 1 && is_prime(&number) {
            return number;
        }
    }
}

pub(super) fn product(a: &[u64], b: &[u64]) -> Number {
    let mut product = vec![0; a.len() + b.len()];
    for (place, digit) in a.iter().enumerate() {
        let mut carry = 0;
        for (other, second) in b.iter().enumerate() {
            (product[place + other], carry) = sum(product[place + other], *digit, *second, carry);
        }
        product[place + b.len()] = carry;
    }
    product
}

/// An odd number without its last bit.
pub(super) fn less_one(number: &[u64]) -> Number {
    let mut number = number.to_vec();
    number[0] -= 1;
    number
}

/// The inverse of the public exponent by a modulus: the one multiple of the modulus that is one short of a multiple of the exponent,
/// made whole and divided.
pub(super) fn inverse_of_exponent(modulus: &[u64]) -> Number {
    let rest = remainder(modulus, EXPONENT);
    let times = (1..EXPONENT).find(|times| (1 + times * rest).is_multiple_of(EXPONENT)).unwrap_or_default();
    let mut number = product(modulus, &[times]);
    for limb in &mut number {
        let over;
        (*limb, over) = limb.overflowing_add(1);
        if !over {
            break;
        }
    }
    let mut rest = 0;
    for limb in number.iter_mut().rev() {
        let whole = rest << 64 | u128::from(*limb);
        *limb = low(whole / u128::from(EXPONENT));
        rest = whole % u128::from(EXPONENT);
    }
    number
}

/// The inverse of `number` by a prime: the power of the prime less two.
pub(super) fn inverse(number: &[u64], prime: &[u64]) -> Number {
    let mut exponent = prime.to_vec();
    exponent[0] -= 2;
    let field = Field::new(prime);
    field.left(&field.power(&field.entered(number), &exponent))
}

/// Big-endian.
pub(super) fn bytes(number: &[u64]) -> Vec<u8> {
    number.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect()
}

fn remainder(number: &[u64], by: u64) -> u64 {
    let by = u128::from(by);
    low(number.iter().rev().fold(0, |rest, limb| (rest << 64 | u128::from(*limb)) % by))
}

/// Small factors first, then Miller and Rabin's test. Nobody chooses the numbers, so that a few bases are enough.
fn is_prime(number: &[u64]) -> bool {
    if (3..2_000).step_by(2).any(|factor| remainder(number, factor) == 0) {
        return false;
    }
    let field = Field::new(number);
    let (one, minus_one) = (field.one.clone(), field.negative(&field.one));
    let mut odd = less_one(number);
    let mut halvings = 0;
    while odd[0] & 1 == 0 {
        halve(&mut odd);
        halvings += 1;
    }
    [2, 3, 5, 7, 11, 13, 17, 19].into_iter().all(|base| {
        let mut power = field.power(&field.entered(&[base]), &odd);
        if power == one || power == minus_one {
            return true;
        }
        (1..halvings).any(|_| {
            power = field.times(&power, &power);
            power == minus_one
        })
    })
}

fn halve(number: &mut [u64]) {
    for place in 0..number.len() {
        let above = number.get(place + 1).map_or(0, |limb| limb << 63);
        number[place] = number[place] >> 1 | above;
    }
}

/// Arithmetic by a modulus whose highest bit is set, in Montgomery's form.
struct Field<'m> {
    modulus: &'m [u64],
    /// The negative inverse of the modulus' lowest limb.
    inverse: u64,
    one: Number,
    squared: Number,
}

impl<'m> Field<'m> {
    fn new(modulus: &'m [u64]) -> Self {
        // Each step doubles the bits that are right; five are enough from the three that an odd number begins with.
        let inverse = (0..5)
            .fold(modulus[0], |inverse, _| inverse.wrapping_mul(2_u64.wrapping_sub(modulus[0].wrapping_mul(inverse))));
        let mut field = Self { modulus, inverse: inverse.wrapping_neg(), one: Vec::new(), squared: Vec::new() };
        // What is left of the power of two above the modulus, which is less than twice the modulus.
        field.one = field.negative(&vec![0; modulus.len()]);
        field.squared = (0..64 * modulus.len()).fold(field.one.clone(), |number, _| field.doubled(&number));
        field
    }

    fn entered(&self, number: &[u64]) -> Number {
        let mut whole = vec![0; self.modulus.len()];
        whole[..number.len()].copy_from_slice(number);
        self.times(&whole, &self.squared)
    }

    fn left(&self, number: &[u64]) -> Number {
        let mut one = vec![0; self.modulus.len()];
        one[0] = 1;
        self.times(number, &one)
    }

    fn power(&self, base: &[u64], exponent: &[u64]) -> Number {
        let bits = exponent.iter().rev().flat_map(|limb| (0..64).rev().map(move |bit| limb >> bit & 1 == 1));
        bits.skip_while(|bit| !bit).fold(self.one.clone(), |power, bit| {
            let squared = self.times(&power, &power);
            if bit { self.times(&squared, base) } else { squared }
        })
    }

    fn times(&self, a: &[u64], b: &[u64]) -> Number {
        let size = self.modulus.len();
        let mut total = vec![0; size + 1];
        for second in b {
            let mut carry = 0;
            for place in 0..size {
                (total[place], carry) = sum(total[place], a[place], *second, carry);
            }
            let over;
            (total[size], over) = total[size].overflowing_add(carry);
            let factor = total[0].wrapping_mul(self.inverse);
            let (_, mut carry) = sum(total[0], factor, self.modulus[0], 0);
            for place in 1..size {
                (total[place - 1], carry) = sum(total[place], factor, self.modulus[place], carry);
            }
            let more;
            (total[size - 1], more) = total[size].overflowing_add(carry);
            total[size] = u64::from(over) + u64::from(more);
        }
        let over = total.pop() == Some(1);
        self.reduced(total, over)
    }

    fn doubled(&self, number: &[u64]) -> Number {
        let over = number[number.len() - 1] >> 63 == 1;
        let below = std::iter::once(&0).chain(number);
        let doubled = number.iter().zip(below).map(|(limb, below)| limb << 1 | below >> 63).collect();
        self.reduced(doubled, over)
    }

    /// The modulus less `number`, which may be 0: then it is the power of two above the modulus that is lessened.
    fn negative(&self, number: &[u64]) -> Number {
        if number.iter().all(|limb| *limb == 0) {
            return lessened(&vec![0; self.modulus.len()], self.modulus);
        }
        lessened(self.modulus, number)
    }

    fn reduced(&self, number: Number, over: bool) -> Number {
        if over || number.iter().rev().ge(self.modulus.iter().rev()) {
            return lessened(&number, self.modulus);
        }
        number
    }
}

/// `a` less `b`, whatever is borrowed above.
fn lessened(a: &[u64], b: &[u64]) -> Number {
    let mut borrow = false;
    let limb = |(a, b): (&u64, &u64)| {
        let (less, first) = a.overflowing_sub(*b);
        let (less, second) = less.overflowing_sub(u64::from(borrow));
        borrow = first || second;
        less
    };
    a.iter().zip(b).map(limb).collect()
}

/// `a + b * c + d`: its lower and its upper half. It always fits.
fn sum(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let whole = u128::from(a) + u128::from(b) * u128::from(c) + u128::from(d);
    (low(whole), low(whole >> 64))
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
fn low(whole: u128) -> u64 {
    whole as u64
}

#[cfg(test)]
mod tests {
    use super::{EXPONENT, Field, inverse, inverse_of_exponent, is_prime, product};

    /// Bit by bit, apart from the arithmetic under test but for its doubling.
    fn remainder(number: &[u64], by: &[u64]) -> Vec<u64> {
        let field = Field::new(by);
        let bits = number.iter().rev().flat_map(|limb| (0..64).rev().map(move |bit| limb >> bit & 1));
        bits.fold(vec![0; by.len()], |rest, bit| {
            let mut rest = field.doubled(&rest);
            let mut carry = bit == 1;
            for limb in &mut rest {
                (*limb, carry) = limb.overflowing_add(u64::from(carry));
            }
            field.reduced(rest, false)
        })
    }

    #[test]
    fn primes_are_told_from_numbers_that_are_none() {
        // The greatest primes below 2^64 and 2^128, and their neighbours.
        for (number, prime) in [
            (vec![u64::MAX - 58], true),
            (vec![u64::MAX - 56], false),
            (vec![u64::MAX - 158, u64::MAX], true),
            (vec![u64::MAX - 156, u64::MAX], false),
            (product(&[u64::MAX - 58], &[u64::MAX - 58]), false),
        ] {
            assert_eq!(is_prime(&number), prime, "{number:?}");
        }
    }

    #[test]
    fn inverses_undo() {
        let prime = [u64::MAX - 158, u64::MAX];
        let found = inverse(&[3, 5], &prime);
        let whole = product(&found, &[3, 5]);
        assert_eq!(remainder(&whole, &prime), [1, 0]);
        let found = inverse_of_exponent(&prime);
        assert_eq!(remainder(&product(&found, &[EXPONENT]), &prime), [1, 0]);
    }
}

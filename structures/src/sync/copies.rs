//! Copies of what another core reads next, and of what another core has written.
//!
//! Between two cores it is not the copying that takes its time but the way that the lines go: from cache to cache, each
//! asked for by the one who reads and then by the one who writes again; or through memory, written without being
//! asked for, and read as far ahead as a core can. Which takes less depends on how far the cores are apart.

/// From so many bytes on it may pay to choose a [way](Way).
pub(crate) const LONG: usize = 2048;

/// As much as is moved between two cores at a time.
pub(crate) const LINE: usize = 64;

/// How a long copy is made that another core will read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Through the own cache.
    Through,
    /// Past the own cache, to memory.
    Past,
    /// One half of it past the own cache, and while that is on its way the other half through it.
    Half,
}

/// The time, in whatever unit, when all that this thread has written is seen by others; where there is more than one
/// [way](Way), and it is to be had without asking the system.
#[inline]
pub(crate) fn ticks() -> Option<u64> {
    #[cfg(all(target_arch = "x86_64", not(latchless_loom), not(miri)))]
    // SAFETY: each x86-64 has all three.
    return Some(unsafe {
        use core::arch::x86_64::{_mm_lfence, _mm_mfence, _rdtsc};
        _mm_mfence();
        _mm_lfence();
        _rdtsc()
    });
    #[cfg(not(all(target_arch = "x86_64", not(latchless_loom), not(miri))))]
    None
}

/// Copies `count` values to where another core will read them. What comes after is behind all of the copy.
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`].
#[inline]
pub(crate) unsafe fn copy_in<T>(from: *const T, to: *mut T, count: usize, way: Way) {
    let bytes = count * size_of::<T>();
    let past = match way {
        Way::Past => bytes,
        Way::Half => bytes / 2,
        Way::Through => 0,
    };
    if past == 0 || bytes < LONG {
        // SAFETY: the contract.
        return unsafe { to.copy_from_nonoverlapping(from, count) };
    }
    // SAFETY: the contract: so many bytes are there, whatever they are.
    unsafe { copy_past_the_cache(from.cast(), to.cast(), bytes, past) };
}

/// Copies `count` values that another core has written.
///
/// What a system's own copy does best is memory that is here already; here the lines are asked for ahead, and it does
/// not matter how the two places lie to each other.
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`].
#[inline]
pub(crate) unsafe fn copy_out<T>(from: *const T, to: *mut T, count: usize) {
    let bytes = count * size_of::<T>();
    if bytes < LONG {
        // SAFETY: the contract.
        return unsafe { to.copy_from_nonoverlapping(from, count) };
    }
    // SAFETY: the contract: so many bytes are there, whatever they are.
    unsafe { copy_ahead(from.cast(), to.cast(), bytes) };
}

/// Copies `bytes` of them, the first `past` of which past the cache.
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`].
#[cfg(all(target_arch = "x86_64", not(latchless_loom), not(miri)))]
unsafe fn copy_past_the_cache(from: *const u8, to: *mut u8, bytes: usize, past: usize) {
    let mut done = to.align_offset(LINE).min(bytes);
    // SAFETY: the contract, and no more than `bytes` in all.
    unsafe { to.copy_from_nonoverlapping(from, done) };
    while done + LINE <= past {
        // SAFETY: a line lies before `past`, in both; at `to` it begins at a line. Each x86-64 has the instructions,
        // and what they move need not be initialised.
        unsafe {
            core::arch::asm!(
                "movups {a}, [{from}]",
                "movups {b}, [{from} + 16]",
                "movups {c}, [{from} + 32]",
                "movups {d}, [{from} + 48]",
                "movntps [{to}], {a}",
                "movntps [{to} + 16], {b}",
                "movntps [{to} + 32], {c}",
                "movntps [{to} + 48], {d}",
                from = in(reg) from.add(done),
                to = in(reg) to.add(done),
                a = out(xmm_reg) _, b = out(xmm_reg) _, c = out(xmm_reg) _, d = out(xmm_reg) _,
                options(nostack, preserves_flags),
            );
        }
        done += LINE;
    }
    // SAFETY: the rest of both. Each x86-64 has the fence: it puts all that comes after behind the copy, which no
    // ordering sees to otherwise.
    unsafe {
        (to.add(done)).copy_from_nonoverlapping(from.add(done), bytes - done);
        core::arch::x86_64::_mm_sfence();
    }
}

/// Copies: how to do better here is not known.
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`].
#[cfg(not(all(target_arch = "x86_64", not(latchless_loom), not(miri))))]
unsafe fn copy_past_the_cache(from: *const u8, to: *mut u8, bytes: usize, _past: usize) {
    // SAFETY: the contract.
    unsafe { to.copy_from_nonoverlapping(from, bytes) };
}

/// Copies, and asks for the lines ahead.
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`].
#[cfg(all(target_arch = "x86_64", not(latchless_loom), not(miri)))]
unsafe fn copy_ahead(from: *const u8, to: *mut u8, bytes: usize) {
    if std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: the contract, and the processor knows the instructions.
        unsafe { copy_ahead_by_halves(from, to, bytes) }
    } else {
        // SAFETY: the contract.
        unsafe { to.copy_from_nonoverlapping(from, bytes) }
    }
}

/// As [`copy_ahead`], by half lines.
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`], and the processor knows AVX.
#[cfg(all(target_arch = "x86_64", not(latchless_loom), not(miri)))]
#[target_feature(enable = "avx")]
unsafe fn copy_ahead_by_halves(from: *const u8, to: *mut u8, bytes: usize) {
    /// So far.
    const AHEAD: usize = 8 * LINE;
    let mut done = 0;
    while done + LINE <= bytes {
        super::prefetch(from.wrapping_add(done + AHEAD));
        // SAFETY: so many bytes are there, in both, and what is moved need not be initialised.
        unsafe {
            core::arch::asm!(
                "vmovups {a}, [{from}]",
                "vmovups {b}, [{from} + 32]",
                "vmovups [{to}], {a}",
                "vmovups [{to} + 32], {b}",
                from = in(reg) from.add(done),
                to = in(reg) to.add(done),
                a = out(ymm_reg) _,
                b = out(ymm_reg) _,
                options(nostack, preserves_flags),
            );
        }
        done += LINE;
    }
    // SAFETY: the rest of both.
    unsafe { (to.add(done)).copy_from_nonoverlapping(from.add(done), bytes - done) };
}

/// Copies: how to do better here is not known.
///
/// # Safety
///
/// As [`core::ptr::copy_nonoverlapping`].
#[cfg(not(all(target_arch = "x86_64", not(latchless_loom), not(miri))))]
unsafe fn copy_ahead(from: *const u8, to: *mut u8, bytes: usize) {
    // SAFETY: the contract.
    unsafe { to.copy_from_nonoverlapping(from, bytes) };
}

#[cfg(all(test, not(latchless_loom)))]
mod tests {
    use super::*;

    /// Whatever the places begin and end with: no line, a whole one, or a part of one.
    #[test]
    fn every_way_makes_a_copy_and_touches_nothing_else() {
        let from: Vec<u8> = (0..8000_u32).map(|n| (n * 7 % 251) as u8).collect();
        let ways = [Some(Way::Through), Some(Way::Past), Some(Way::Half), None];
        for way in ways {
            for start in (0..2 * LINE).step_by(7) {
                for length in [
                    0,
                    1,
                    63,
                    64,
                    LONG - 1,
                    LONG,
                    LONG + 1,
                    LONG + 63,
                    3000,
                    4096,
                ] {
                    let mut to = vec![255; 5000];
                    let source = &from[start / 2..][..length];
                    let place = start..start + length;
                    let at = to[place.clone()].as_mut_ptr();
                    // SAFETY: both are so long, and two vectors.
                    unsafe {
                        match way {
                            Some(way) => copy_in(source.as_ptr(), at, length, way),
                            None => copy_out(source.as_ptr(), at, length),
                        }
                    }
                    assert_eq!(to[place.clone()], *source);
                    let mut untouched = to[..start].iter().chain(&to[place.end..]);
                    assert!(untouched.all(|byte| *byte == 255));
                }
            }
        }
    }
}

//! Values between processes, as bytes.

use big_game::spec::SpaceSpec;
use big_numeric::Cholesky;

use crate::bytes::{Reader, Writer};

/// What goes through bytes without a change.
pub(crate) trait Wire: Sized {
    fn write(&self, out: &mut Writer);

    /// `None` where the bytes are those of something else.
    fn read(from: &mut Reader<'_>) -> Option<Self>;
}

/// A struct goes field by field.
macro_rules! wired {
    ($name:ty { $($field:ident),+ $(,)? }) => {
        impl $crate::wire::Wire for $name {
            fn write(&self, out: &mut $crate::bytes::Writer) {
                $($crate::wire::Wire::write(&self.$field, out);)+
            }

            fn read(from: &mut $crate::bytes::Reader<'_>) -> Option<Self> {
                Some(Self { $($field: $crate::wire::Wire::read(from)?),+ })
            }
        }
    };
}

pub(crate) use wired;

impl Wire for Cholesky {
    fn write(&self, out: &mut Writer) {
        out.count(self.size());
        self.lower().to_vec().write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Self::from_lower(from.count()?, Vec::read(from)?)
    }
}

impl Wire for f64 {
    fn write(&self, out: &mut Writer) {
        out.number(*self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.number()
    }
}

impl Wire for u64 {
    fn write(&self, out: &mut Writer) {
        out.whole(*self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.whole()
    }
}

impl Wire for usize {
    fn write(&self, out: &mut Writer) {
        out.count(*self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.count()
    }
}

impl Wire for bool {
    fn write(&self, out: &mut Writer) {
        out.byte(u8::from(*self));
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        match from.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Wire for String {
    fn write(&self, out: &mut Writer) {
        out.text(self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.text()
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, out: &mut Writer) {
        out.count(self.len());
        for one in self {
            one.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        (0..from.count()?).map(|_| T::read(from)).collect()
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    fn write(&self, out: &mut Writer) {
        self.iter().for_each(|one| one.write(out));
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let all: Option<Vec<T>> = (0..N).map(|_| T::read(from)).collect();
        all?.try_into().ok()
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, out: &mut Writer) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some((A::read(from)?, B::read(from)?))
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut Writer) {
        self.is_some().write(out);
        if let Some(one) = self {
            one.write(out);
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(match bool::read(from)? {
            true => Some(T::read(from)?),
            false => None,
        })
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    fn write(&self, out: &mut Writer) {
        self.is_ok().write(out);
        match self {
            Ok(one) => one.write(out),
            Err(other) => other.write(out),
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(match bool::read(from)? {
            true => Ok(T::read(from)?),
            false => Err(E::read(from)?),
        })
    }
}

impl Wire for SpaceSpec<f64> {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Box { lower, upper } => {
                out.byte(0);
                lower.write(out);
                upper.write(out);
            }
            Self::Ball { center, radius } => {
                out.byte(1);
                center.write(out);
                radius.write(out);
            }
            Self::L1Ball { center, radius } => {
                out.byte(2);
                center.write(out);
                radius.write(out);
            }
            Self::Simplex { dim, scale } => {
                out.byte(3);
                dim.write(out);
                scale.write(out);
            }
            Self::Ellipsoid { center, shape } => {
                out.byte(4);
                center.write(out);
                shape.write(out);
            }
            Self::Vertices(points) => {
                out.byte(5);
                points.write(out);
            }
            Self::Halfspaces { a, b } => {
                out.byte(6);
                a.write(out);
                b.write(out);
            }
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some(match from.byte()? {
            0 => Self::Box {
                lower: Wire::read(from)?,
                upper: Wire::read(from)?,
            },
            1 => Self::Ball {
                center: Wire::read(from)?,
                radius: Wire::read(from)?,
            },
            2 => Self::L1Ball {
                center: Wire::read(from)?,
                radius: Wire::read(from)?,
            },
            3 => Self::Simplex {
                dim: Wire::read(from)?,
                scale: Wire::read(from)?,
            },
            4 => Self::Ellipsoid {
                center: Wire::read(from)?,
                shape: Wire::read(from)?,
            },
            5 => Self::Vertices(Wire::read(from)?),
            6 => Self::Halfspaces {
                a: Wire::read(from)?,
                b: Wire::read(from)?,
            },
            _ => return None,
        })
    }
}

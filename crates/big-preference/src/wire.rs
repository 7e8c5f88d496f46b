//! Values between processes, as bytes.

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

impl Wire for f64 {
    fn write(&self, out: &mut Writer) {
        out.number(*self);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        from.number()
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

impl<T: Wire> Wire for [T; 2] {
    fn write(&self, out: &mut Writer) {
        self.iter().for_each(|one| one.write(out));
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Some([T::read(from)?, T::read(from)?])
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

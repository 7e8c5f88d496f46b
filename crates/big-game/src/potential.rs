//! t
use crate::{Game,profile::Profile,weight::dot};
/// t
pub fn receiver(game:&Game,p:&Profile)->Vec<f64>{let mut r=game.bias().to_vec();for i in 0..game.influencers(){game.weight(i).add_image(p.action(i),&mut r);}r}
/// t
pub fn potential(game:&Game,p:&Profile)->f64{let r=receiver(game,p);let mut s=dot(&r,&r);for i in 0..game.influencers(){let mut o=vec![0.0;game.dim()];game.weight(i).add_image(p.action(i),&mut o);s-=2.0*dot(&o,game.target(i));}s}

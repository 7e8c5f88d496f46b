//! t
use crate::{Game,profile::Profile,action_space::ConvexSet};
use super::Certificate;
/// t
pub fn certify(game:&Game,p:&Profile,y:Option<&[f64]>)->Certificate{
 let r=crate::potential::receiver(game,p); let mut best=f64::INFINITY;
 for y in [Some(&r[..]),y].into_iter().flatten(){ let mut gap:f64=r.iter().zip(y).map(|(a,b)|(a-b)*(a-b)).sum();
 for i in 0..game.influencers(){let e:Vec<f64>=game.target(i).iter().zip(y).map(|(t,v)|t-v).collect();let mut g=vec![0.0;game.space(i).dim()];game.weight(i).pull_back(&e,&mut g);gap+=2.0*game.space(i).shortfall(&g,p.action(i));}
 best=best.min(gap);}
 Certificate{duality_gap:best,receiver_error_bound:best.sqrt(),max_regret:0.0,infeasibility:0.0,allowed_gap:1e-10*game.scale().powi(2)}}

//! From a stored sample of one component to what it means, and to grey: rescale or Modality LUT, real world values, padding, window or VOI
//! LUT, presentation.

pub mod display;
pub mod padding;
pub mod real_world;
pub mod rescale;
pub mod window;

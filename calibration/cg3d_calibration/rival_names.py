"""The path under which `read_rival_names` was published; `from cg3d_calibration import read_rival_names` is the short one."""

from cg3d_calibration.candidate_labels import read_rival_names as read_rival_names

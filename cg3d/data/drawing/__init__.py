"""Pictures of point clouds.

render                      views of an object
splat_torch splat_pytorch3d the renderers
views                       where cameras stand
contact_sheet               many objects on one sheet
"""

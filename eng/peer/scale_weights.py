"""Runs the peer's one-step dump on weights further from the start: scale_weights.py PEER ARGUMENTS...

Matrices are multiplied by 4, routers by 20, norm weights disturbed by 0.1 standard normals, all from one seed, so that attention,
routing and the domains' routing distributions are far from uniform and no comparison is trivially met."""
import runpy, sys
import torch

peer = sys.argv[1]
sys.argv = sys.argv[1:]
module_parameters = torch.nn.Module.named_parameters
disturbed = set()


def named_parameters(module, *args, **kwargs):
    """The peer lists the parameters of its model first to initialise them, then for the dump: disturb them in between."""
    pairs = list(module_parameters(module, *args, **kwargs))
    if type(module).__name__ == "LM" and id(module) not in disturbed and hasattr(module, "cos"):
        disturbed.add(id(module))
        generator = torch.Generator().manual_seed(20)
        with torch.no_grad():
            for name, p in pairs:
                if p.dim() < 2:
                    p.add_(0.1 * torch.randn(p.shape, generator=generator))
                else:
                    p.mul_(20.0 if "router" in name else 4.0)
    return iter(pairs)


torch.nn.Module.named_parameters = named_parameters
runpy.run_path(peer, run_name="__main__")

"""The kill switch on the whole desk while everything else goes wrong."""

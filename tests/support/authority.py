"""A certificate authority of one's own, made with openssl in a folder that is there, and what it signs.

    ca = Authority(folder, "ca")
    ca.issue("broker", "IP:127.0.0.1")     # folder/broker.p12, under PASSWORD, for a broker's keystore
"""
import subprocess

PASSWORD = "tell-nobody-9"


def openssl(folder, *arguments):
    subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, capture_output=True)


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name, self.certificate = folder, name, folder / f"{name}.pem"
        openssl(folder, "req", "-x509", *self._key(name), "-out", self.certificate, "-days", 30, "-subj", f"/CN={name}")

    @staticmethod
    def _key(name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key"]

    def issue(self, name, subject, days=30):
        """A keystore with a key and a certificate for this subject alternative name; days below 0: it has expired."""
        openssl(self.folder, "req", *self._key(name), "-out", f"{name}.csr", "-subj", f"/CN={name}")
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={subject}\n", encoding="ascii")
        openssl(self.folder, "x509", "-req", "-in", f"{name}.csr", "-CA", self.certificate, "-CAkey", f"{self.name}.key", "-days", days, "-out", f"{name}.pem",
                "-extfile", f"{name}.ext")
        openssl(self.folder, "pkcs12", "-export", "-in", f"{name}.pem", "-inkey", f"{name}.key", "-certfile", self.certificate, "-out", f"{name}.p12",
                "-passout", f"pass:{PASSWORD}")
        return self.folder / f"{name}.p12"

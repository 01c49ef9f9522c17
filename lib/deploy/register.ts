import { setDeploy } from "../core/host";
import { deploy } from "./deploy";

setDeploy(deploy);
